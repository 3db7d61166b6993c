"""What routes are handed: the shop, and what create_app was told."""

from __future__ import annotations

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


ShopOf = Annotated[Shop, Depends(_shop)]
PaceOf = Annotated[Pace, Depends(_pace)]
"""How fast and how often the settings let messages out."""
