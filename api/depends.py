"""What routes are handed: the shop, and what create_app was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from core.insight.forecasts import Pace
from core.shop import Shop


def shop_of(request: Request) -> Shop:
    shop: Shop = request.app.state.shop
    return shop


async def _shop(request: Request) -> Shop:
    """On the event loop: a thread for this would cost more than the look-up."""
    return shop_of(request)


async def _pace(request: Request) -> Pace:
    pace: Pace = request.app.state.pace
    return pace


async def _carry_on(request: Request) -> Callable[[int], object]:
    carry_on: Callable[[int], object] = request.app.state.carry_on
    return carry_on


ShopOf = Annotated[Shop, Depends(_shop)]
PaceOf = Annotated[Pace, Depends(_pace)]
"""How fast and how often the settings let messages out."""
CarryOn = Annotated[Callable[[int], object], Depends(_carry_on)]
"""To be told which campaign has something to do at once."""
