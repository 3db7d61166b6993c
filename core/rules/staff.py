"""What staff may do in chat alone, and what takes a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Role = Literal["till", "staff", "admin"]
ROLES: tuple[Role, ...] = ("till", "staff", "admin")
"""Each may do what those before it may."""

LINK_LASTS = timedelta(hours=24)
GIFT_WAITS = timedelta(days=7)
"""How long a gift waits for a second person."""


@dataclass(frozen=True, slots=True)
class GiftLimits:
    """What one person gives by hand on one business day without a second person: points, and coupons."""

    points: int
    coupons: int


def may(role: Role, needed: Role) -> bool:
    return ROLES.index(role) >= ROLES.index(needed)


def second_needed(points: int | None, given_points: int, given_coupons: int, limits: GiftLimits) -> bool:
    """Whether this gift goes beyond the day's limit. points: None for a coupon. given_*: on that day before."""
    if points is None:
        return given_coupons + 1 > limits.coupons
    return given_points + points > limits.points
