"""What the texts of journeys may ask to be filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?:\|[^{}]*)?\}")
"""`{name}`, or `{name|friend}` with what stands there if nothing is known."""

ALWAYS = ("name", "card", "tier", "points", "shop")
FILLED: Mapping[str, tuple[str, ...]] = {
    "joined": (),
    "purchase": ("amount",),
    "birthday": (),
    "anniversary": ("years",),
    "points_expire": ("expiring_points", "expires_on", "expires_days"),
    "coupon_expires": ("lapsing_coupon", "coupons", "expires_on"),
    "tier_reached": ("from_tier",),
    "tier_at_risk": ("missing", "falls_to", "until"),
    "tier_lost": ("from_tier",),
    "month": ("month", "earned", "spent", "expired"),
    "stage": ("last",),
    "dormant": ("last", "closes_on"),
    "festival": ("festival",),
    "reward_in_reach": ("reward", "price", "missing"),
    "complaint_settled": (),
    "day": (),
}
"""By trigger, what is filled besides ALWAYS."""
OF_COUPON = ("coupon_name", "coupon_until")
OF_POINTS = ("gift_points",)


def asked_for(text: str) -> list[str]:
    """The names of a text's placeholders, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def fillable(on: str, has_coupon: bool, has_points: bool) -> tuple[str, ...]:
    """The placeholders that a step of such a journey may have."""
    gifts = (OF_COUPON if has_coupon else ()) + (OF_POINTS if has_points else ())
    return ALWAYS + FILLED.get(on, ()) + gifts
