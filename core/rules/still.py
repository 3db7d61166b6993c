"""Whether a message still says the truth at the moment it leaves: what it was planned for may be over.

What must be so is kept with the delivery, as data: {"not_bought_since": moment, "lapsing": {"since": moment,
"until": moment, "points": n}, "coupon": id, "tier": id, "tier_until": moment, "balance": points}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Now:
    """A member now. lots: what is left of each with the moment it lapses; coupons: the numbers of those that can be
    used."""

    tier: str
    tier_until: datetime | None
    balance: int
    last_purchase_at: datetime | None
    lots: Iterable[tuple[int, datetime]] = ()
    coupons: frozenset[int] = frozenset()


def overtaken(still: Mapping[str, Any], now: Now) -> str | None:
    """What is no longer so: purchase-made, points-spent, coupon-gone, tier-changed or tier-kept; None if all is."""
    since = still.get("not_bought_since")
    if since is not None and now.last_purchase_at is not None and now.last_purchase_at > datetime.fromisoformat(since):
        return "purchase-made"
    lapsing = still.get("lapsing")
    if lapsing is not None and _lapsing(now, lapsing) < lapsing["points"]:
        return "points-spent"
    if still.get("balance", now.balance) > now.balance:
        return "points-spent"
    if "coupon" in still and still["coupon"] not in now.coupons:
        return "coupon-gone"
    if still.get("tier", now.tier) != now.tier:
        return "tier-changed"
    until = still.get("tier_until")
    if until is not None and (now.tier_until is None or now.tier_until != datetime.fromisoformat(until)):
        return "tier-kept"
    return None


def _lapsing(now: Now, told: Mapping[str, Any]) -> int:
    """Points that lapse after since, if that is told, and not after until."""
    until = datetime.fromisoformat(told["until"])
    since = datetime.fromisoformat(told["since"]) if "since" in told else None
    return sum(left for left, lapses in now.lots if lapses <= until and (since is None or lapses > since))
