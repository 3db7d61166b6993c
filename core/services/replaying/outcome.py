"""How a member stands at the end of a history: as the books say, and as a draft would have had it.

core/services/replaying/replay.py gives them in pairs, before and after, one pair a member, in no particular order:

    outcomes(shop, draft, since) -> Iterator[tuple[Outcome, Outcome]]
    explained(shop, draft, since, member_ids) -> Mapping[int, tuple[Outcome, Outcome]]   # with entries

draft: a Program. since: the draft stands in place of every version from this moment on; None: from the beginning.
Members who asked to be forgotten are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

NOTICES = ("tier_reached", "tier_lost", "points_earned", "points_taken_back", "points_lapsed")
"""Occasions on which a member is told something: a change of tier, a purchase or a bonus that brought points, a refund
or a correction that took some, points whose time was over."""


class Entered(NamedTuple):
    """An entry of the books, as in core/db/ledger.py."""

    kind: str
    points: int
    rule: str
    effective_at: datetime
    explanation: Mapping[str, Any]


class OpenLot(NamedTuple):
    """Points that become spendable together and lapse together: from inclusive, until exclusive."""

    activates_at: datetime
    expires_at: datetime
    points: int


class Unpaid(NamedTuple):
    """A reward that was taken, but could not have been. points: its price under the draft (0 where it has none);
    reason: what redeem_reward refuses."""

    reward: str
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A member at the end, everything settled to now.

    active, pending, debt: points. lots: what active and pending consist of, by the time they lapse. lapsed: points that
    lapsed over the whole history, less those that a refund put back. notices: NOTICES, how many of each were recorded
    since `since`; none is 0.

    replayed: False for those whose books a person joined with another member's, and for whoever is connected with
    them: both sides are then what the books say.

    What the draft would have refused, always empty before: unpaid, rewards; refused, by reason, other events (a
    purchase of an unknown category, a check-in that is not offered). entries: oldest first, only where asked for.
    """

    member_id: int
    active: int
    pending: int
    debt: int
    tier: str
    tier_until: datetime | None
    lots: tuple[OpenLot, ...]
    lapsed: int
    notices: Mapping[str, int]
    unpaid: tuple[Unpaid, ...] = ()
    refused: Mapping[str, int] = field(default_factory=dict)
    entries: tuple[Entered, ...] = ()
    replayed: bool = True
