"""What tills send to take a reward; which one stands in the address."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from core.insight.rewards import OrderView, RewardView
from core.program.schema import Reward
from core.services.common import MemberRef, Wish


class RewardForm(Wish):
    """price: which of the alternatives for the member's tier, from 0. points, money: the price the member agreed to;
    one that changed since is then refused instead of charged."""

    member: MemberRef
    price: Annotated[int, Field(strict=True, ge=0, le=100)] = 0
    points: Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)] | None = None
    money: Annotated[int, Field(strict=True, ge=0, le=100_000_000_000)] | None = None


class RewardCatalogue(BaseModel):
    """All of them, as the program has them."""

    items: list[Reward]


class RewardList(BaseModel):
    """All of them: a program has never more than a few."""

    items: list[RewardView]


class OrderList(BaseModel):
    """The latest, newest first."""

    items: list[OrderView]
