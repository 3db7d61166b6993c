"""Which offers fit a member, in which order, and why.

Familiarity is counted in whole points a member sees nothing of: a purchase of the offer's categories within the
last WINDOW_DAYS weighs the days it still lies within them, so that what is bought often and lately comes first.
The style a member chose decides what familiarity is good for (S6): lively members see the new first, all others
the familiar; calm ones get three offers, fast ones two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.program.schema import Offer, Program
from core.rules.refusal import Refusal

WINDOW_DAYS = 180
ENDS_SOON = timedelta(days=7)
SHOWN = {"calm": 3, "fast": 2}
ALL_REASONS = "careful"


@dataclass(frozen=True, slots=True)
class Habit:
    """How a member bought one root category within the window; last_days: days ago of each purchase."""

    days_ago: tuple[int, ...]

    @property
    def times(self) -> int:
        return len(self.days_ago)

    @property
    def weight(self) -> int:
        return sum(max(0, WINDOW_DAYS - days) for days in self.days_ago)


Habits = Mapping[str, Habit]
"""By root category."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """reasons, best first: {"code": "often_bought", "category", "times"}, {"code": "bought_before", "category"},
    {"code": "tier_only", "tier"}, {"code": "ends_soon", "until"}, {"code": "new_for_you", "category"},
    {"code": "for_everyone"}."""

    offer: Offer
    reasons: list[dict[str, Any]]


def open_to(offer: Offer, tier: str, now: datetime) -> Refusal | None:
    """Refusals: offer-not-yet, offer-over, offer-not-for-tier."""
    if offer.since is not None and now < offer.since:
        return Refusal("offer-not-yet", {"since": offer.since.isoformat()})
    if offer.until is not None and now >= offer.until:
        return Refusal("offer-over", {"until": offer.until.isoformat()})
    if offer.tiers and tier not in offer.tiers:
        return Refusal("offer-not-for-tier", {"tier": tier, "tiers": list(offer.tiers)})
    return None


def rank(
    program: Program, offers: Sequence[Offer], tier: str, style: str | None, habits: Habits, now: datetime
) -> list[Ranked]:
    """The offers open to the member, best first; equals stay in the program's order."""
    fitting = [offer for offer in offers if open_to(offer, tier, now) is None]
    fitting.sort(key=lambda offer: _place(offer, style, habits))
    return [Ranked(offer, _told(reasons(program, offer, habits, now), style)) for offer in fitting]


def shown(ranked: Sequence[Ranked], style: str | None) -> Sequence[Ranked]:
    """As many of them as the style bears."""
    return ranked[: SHOWN.get(style or "", len(ranked))]


def _place(offer: Offer, style: str | None, habits: Habits) -> tuple[bool, bool, int]:
    """Sorts ascending: for the lively new things first; then what is for few tiers; then by familiarity."""
    is_new = bool(offer.categories) and not _bought(offer, habits)
    return (style == "lively" and not is_new, not offer.tiers, -familiarity(offer, habits))


def familiarity(offer: Offer, habits: Habits) -> int:
    return sum(habits[root].weight for root in _bought(offer, habits))


def reasons(program: Program, offer: Offer, habits: Habits, now: datetime) -> list[dict[str, Any]]:
    """Everything that speaks for the offer, as data; never empty."""
    bought = sorted(_bought(offer, habits), key=lambda root: -habits[root].weight)
    found: list[dict[str, Any]] = [
        {"code": "often_bought", "category": root, "times": habits[root].times}
        if habits[root].times > 1
        else {"code": "bought_before", "category": root}
        for root in bought
    ]
    if offer.tiers:
        found.append({"code": "tier_only", "tier": min(offer.tiers, key=program.rank)})
    if offer.until is not None and offer.until - now <= ENDS_SOON:
        found.append({"code": "ends_soon", "until": offer.until.isoformat()})
    if offer.categories and not bought:
        found.append({"code": "new_for_you", "category": _roots(offer)[0]})
    return found or [{"code": "for_everyone"}]


def _told(found: list[dict[str, Any]], style: str | None) -> list[dict[str, Any]]:
    """Careful members are given every reason, the fast the first, the others two."""
    if style == ALL_REASONS:
        return found
    return found[: 1 if style == "fast" else 2]


def _bought(offer: Offer, habits: Habits) -> list[str]:
    return [root for root in _roots(offer) if root in habits]


def _roots(offer: Offer) -> list[str]:
    """The offer's categories as roots of the product tree, each once, in order."""
    return list(dict.fromkeys(path.split("/", 1)[0] for path in offer.categories))
