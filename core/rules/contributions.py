"""What tiers are judged by, and what comes out: the words that every kind of tiering shares."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.program.schema import Program

ProgramAt = Callable[[datetime], Program]
"""The program in force at a moment."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What qualifies at a moment; a correction is known only from its own moment on.

    spend: the first measure, in minor units. more: the other measures, by id. invited_to: a tier given by hand, until
    invited_until where it was given an end of its own. carried: of a member who was merged into this one. closes: the
    member was closed, and nothing up to then counts any more. cancels: takes an equal contribution out again, as if it
    had never been.
    """

    at: datetime
    known: datetime
    spend: int
    points: int
    more: Mapping[str, int] = field(default_factory=dict)
    invited_to: str | None = None
    invited_until: datetime | None = None
    carried: bool = False
    cancels: bool = False
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """The tier held. until: when it ends, None if it does not. spend, points: the sums that met it, at met_at.

    review_at: when time alone may change the tier next. period_until: the end of the card's period. term_until: where
    a grace follows the term, when the term ends; from then to `until` the tier is kept and can still be saved.
    """

    tier: str
    until: datetime | None
    met_at: datetime | None
    spend: int = 0
    points: int = 0
    review_at: datetime | None = None
    period_until: datetime | None = None
    term_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rise:
    """From one tier to a higher one."""

    from_tier: str
    to_tier: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing to a tier: either of the two is enough, None where it cannot be met that way."""

    tier: str
    spend: int | None
    points: int | None
    by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """All that qualifies at one moment, corrections included."""

    at: datetime
    spend: int
    points: int
    more: Mapping[str, int]
    invited_to: str | None
    invited_until: datetime | None = None

    def sum(self, program: Program, measure: str | None) -> int:
        """The measure's sum; None stands for the first."""
        measures = program.tiering.measures
        if measure is None or (measures and measures[0].id == measure):
            return self.spend
        return self.more.get(measure, 0)


def lives(contributions: Iterable[Contribution], at: datetime) -> list[list[Contribution]]:
    """What counts together, as far as is known at `at`: each closing of the member ends what was before it. The last
    one is what counts now; none of them has the closings themselves."""
    known = contributions if isinstance(contributions, list) else list(contributions)
    closed = [each for each in known if each.closes]
    if not closed:
        return [known]
    ends = sorted({each.at for each in closed if _in_force(closed, each.at, at)})
    parts: list[list[Contribution]] = [[] for _ in range(len(ends) + 1)]
    for each in known:
        if not each.closes:
            parts[bisect_right(ends, each.at)].append(each)
    return parts


def _in_force(closed: list[Contribution], moment: datetime, at: datetime) -> bool:
    together = [each for each in closed if each.at == moment and each.at <= at and each.known <= at]
    return _left(together)


def moments(contributions: Iterable[Contribution], at: datetime) -> list[Moment]:
    """What is known at `at`, netted by moment and in order: the order of arrival leaves no trace."""
    known: dict[datetime, list[Contribution]] = {}
    for each in contributions:
        if each.at <= at and each.known <= at:
            known.setdefault(each.at, []).append(each)
    return [_net(moment, known[moment]) for moment in sorted(known) if _left(known[moment])]


def _left(together: list[Contribution]) -> bool:
    return sum(-1 if each.cancels else 1 for each in together) > 0


def _net(at: datetime, together: list[Contribution]) -> Moment:
    more: dict[str, int] = {}
    for each in together:
        for measure, amount in each.more.items():
            more[measure] = more.get(measure, 0) + amount
    invited = [(each.invited_to, each.invited_until) for each in together if each.invited_to and not each.cancels]
    for each in together:
        if each.cancels and each.invited_to:
            invited.remove((each.invited_to, each.invited_until))
    return Moment(
        at,
        sum(each.spend for each in together),
        sum(each.points for each in together),
        more,
        *(invited[-1] if invited else (None, None)),
    )
