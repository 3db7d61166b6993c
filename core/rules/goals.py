"""What reaching a sum brings: milestones, spend-threshold cashback, points rebates.

A goal adds something up over spans: single purchases, days, months, years, or all that ever was. What a span brings
is reckoned from what is left after every refund and nothing else: the order in which purchases arrive leaves no trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from core.program.goals import Goal, GoalStep
from core.program.schema import Program
from core.rules.caps import day_of, month_of
from core.rules.contributions import ProgramAt
from core.rules.earning import whole
from core.rules.terms import business_day
from core.rules.year_end import begin_of, turn_of

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
LENGTHS = {"day": 10, "month": 7, "year": 4}
"""How much of a day written YYYY-MM-DD names the span that it lies in."""
Span = tuple[str, str]
"""The goal's id, and which of its spans: a purchase's number, `2026-03-10`, `2026-03`, `2026`, or `ever`."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What counts at a moment, for a purchase (by its number) or for none; a correction counts at the moment of what it
    corrects. spend: the first measure in minor units, more: the others by id. points, spent: earned and paid. carried:
    from a card that was merged into this one."""

    at: datetime
    purchase: int | None = None
    spend: int = 0
    points: int = 0
    more: Mapping[str, int] = field(default_factory=dict)
    spent: int = 0
    carried: bool = False

    @property
    def counts(self) -> bool:
        """Whether it adds anything to any sum."""
        return bool(self.spend or self.points or self.spent or any(self.more.values()))


@dataclass(frozen=True, slots=True)
class Brought:
    """coupons: how many, by template. steps, caps: how it came about, as data."""

    points: int
    coupons: Mapping[str, int]
    steps: tuple[dict[str, Any], ...] = ()
    caps: tuple[dict[str, Any], ...] = ()


NOTHING = Brought(0, {})


@dataclass(frozen=True, slots=True)
class Due:
    """What one span brings. total: what it comes to. at: since when it brings so much."""

    goal: Goal
    at: datetime
    total: int
    gift: Brought


def due(
    program_at: ProgramAt,
    facts: Iterable[Fact],
    elsewhere: Mapping[Span, Brought] = MappingProxyType({}),
    goals: Collection[str] | None = None,
) -> dict[Span, Due]:
    """Every span in which something counts, and what it brings, if only nothing. Each purchase is looked at with the
    program of its own time; where that changed within a span, the more favourable one counts: a new version takes
    nothing away.

    elsewhere: what cards that were merged into this one have brought. Together they reach what one card would; what
    this card has reached alone it keeps. goals: of these alone.
    """
    known = net(facts)
    joined, own = _due(program_at, known, goals), [fact for fact in known if not fact.carried]
    if len(own) == len(known):
        return joined
    alone = _due(program_at, own, goals)
    return {
        span: _beyond(each, elsewhere.get(span, NOTHING), alone.get(span, Due(each.goal, each.at, 0, NOTHING)))
        for span, each in joined.items()
    }


def _due(program_at: ProgramAt, known: list[Fact], goals: Collection[str] | None) -> dict[Span, Due]:
    found: dict[Span, Due] = {}
    in_force = {fact.at: program_at(fact.at) for fact in known}
    for program in {id(each): each for each in in_force.values()}.values():
        for goal in chosen(program, goals):
            for period, within in _spans(program, goal, known).items():
                judged = _judged(in_force, program, goal, within)
                if judged is not None:
                    found[goal.id, period] = _better(found.get((goal.id, period)), judged)
    return found


def chosen(program: Program, goals: Collection[str] | None) -> list[Goal]:
    """Of the program's goals those with these ids; None: all."""
    return [goal for goal in program.goals if goals is None or goal.id in goals]


def net(facts: Iterable[Fact]) -> list[Fact]:
    """In order of time, each purchase with all of its corrections. What adds nothing to any sum is no fact."""
    counting = [fact for fact in facts if fact.counts]
    if len(counting) < 2:
        return counting
    together: dict[tuple[datetime, int, bool], list[Fact]] = {}
    for fact in counting:
        together.setdefault((fact.at, fact.purchase or 0, fact.carried), []).append(fact)
    return [_net(together[key]) for key in sorted(together)]


def reached(goal: Goal, total: int) -> list[GoalStep]:
    """The steps that pay at a sum, the lowest first."""
    steps = [step for step in goal.steps if total >= step.at]
    return steps[-1:] if goal.pays == "highest" else steps


def brought(program: Program, goal: Goal, total: int) -> Brought:
    """What a sum brings."""
    coupons = Counter[str]()
    for step in reached(goal, total):
        coupons.update({step.coupon: times(step, total)} if step.coupon else {})
    steps = tuple(_told(program, step, total) for step in reached(goal, total))
    points = sum(step.get("points", 0) for step in steps)
    if goal.cap is None or points <= goal.cap:
        return Brought(points, dict(coupons), steps)
    return Brought(goal.cap, dict(coupons), steps, ({"cap": "goal", "limit": goal.cap, "points": goal.cap},))


def begin(programs: Iterable[Program], at: datetime, goals: Collection[str] | None = None) -> datetime:
    """The first moment of the longest span, of any version, in which something of `at` counts. goals: for these
    alone."""
    begins = (_begin(program, goal, at) for program in programs for goal in chosen(program, goals))
    return min(begins, default=at)


def end(program: Program, goal: Goal, at: datetime) -> datetime | None:
    """The first moment after the span in which something of `at` counts; None where that has no end of its own."""
    zone = program.program.zone
    match goal.within:
        case "day":
            return day_of(at, zone)[1]
        case "month":
            return month_of(at, zone)[1]
        case "year":
            return turn_of(program, at)
        case _:
            return None


def _begin(program: Program, goal: Goal, at: datetime) -> datetime:
    zone = program.program.zone
    match goal.within:
        case "purchase":
            return at
        case "day":
            return day_of(at, zone)[0]
        case "month":
            return month_of(at, zone)[0]
        case "year":
            return begin_of(program, business_day(at, zone).year)
        case "ever":
            return BEGINNING


def _net(together: list[Fact]) -> Fact:
    if len(together) == 1:
        return together[0]
    more = Counter[str]()
    for each in together:
        more.update(each.more)
    spend, points, spent = (sum(getattr(each, name) for each in together) for name in ("spend", "points", "spent"))
    return Fact(together[0].at, together[0].purchase, spend, points, more, spent, together[0].carried)


def _spans(program: Program, goal: Goal, known: Iterable[Fact]) -> dict[str, list[Fact]]:
    spans: dict[str, list[Fact]] = {}
    for fact in known:
        period = period_of(goal, fact, day_in(program, fact))
        if period is not None:
            spans.setdefault(period, []).append(fact)
    return spans


def day_in(program: Program, fact: Fact) -> str:
    """The business day on which it counts, as YYYY-MM-DD."""
    return business_day(fact.at, program.program.zone).isoformat()


def period_of(goal: Goal, fact: Fact, day: str) -> str | None:
    """Which of the goal's spans it counts in. day: on which."""
    if goal.within == "purchase":
        return None if fact.purchase is None else str(fact.purchase)
    if goal.within == "ever":
        return "ever"
    return day[: LENGTHS[goal.within]]


def _judged(in_force: Mapping[datetime, Program], program: Program, goal: Goal, within: list[Fact]) -> Due | None:
    """What the span brings under that version, at the last of its moments at which it was in force; None: at none."""
    total, sums = 0, []
    for fact in within:
        total += amount_of(program, goal, fact)
        if in_force[fact.at] is program:
            sums.append((fact.at, total))
    if not sums:
        return None
    gift = brought(program, goal, sums[-1][1])
    since = next(at for at, each in sums if _same(brought(program, goal, each), gift))
    return Due(goal, since, sums[-1][1], gift)


def amount_of(program: Program, goal: Goal, fact: Fact) -> int:
    """What it adds to the goal's sum."""
    match goal.of:
        case "points_earned":
            return fact.points
        case "points_spent":
            return fact.spent
    measures = program.tiering.measures
    first = goal.measure is None or (measures and measures[0].id == goal.measure)
    spend = fact.spend if first else fact.more.get(goal.measure or "", 0)
    bought = fact.purchase is not None or fact.carried
    return spend if goal.of == "spend" else int(bought and spend > 0)


def times(step: GoalStep, total: int) -> int:
    """How often a step that is reached pays at a sum."""
    often = 1 if step.every is None else 1 + (total - step.at) // step.every
    return often if step.times is None else min(often, step.times)


def _told(program: Program, step: GoalStep, total: int) -> dict[str, Any]:
    often = times(step, total)
    told: dict[str, Any] = {"at": step.at, "times": often}
    if step.part is not None:
        exact = step.part * total
        points = whole(exact, program.program.rounding)
        return {"do": "goal_part", **told, "part": str(step.part), "exact": str(exact), "points": points}
    if step.points is not None:
        return {"do": "goal_points", **told, "points": step.points * often}
    return {"do": "goal_coupons", **told}


def _same(one: Brought, other: Brought) -> bool:
    return one.points == other.points and one.coupons == other.coupons


def _better(one: Due | None, other: Due) -> Due:
    """The more of each kind: what one version brought and what a later one brings are the same gift."""
    if one is None:
        return other
    mine, theirs = one.gift, other.gift
    coupons = {
        each: max(mine.coupons.get(each, 0), theirs.coupons.get(each, 0)) for each in {**mine.coupons, **theirs.coupons}
    }
    points = max(mine.points, theirs.points)
    if points == mine.points and coupons == mine.coupons:
        return one
    return Due(other.goal, other.at, other.total, Brought(points, coupons, theirs.steps, theirs.caps))


def _beyond(joined: Due, elsewhere: Brought, alone: Due) -> Due:
    """What is left for this card of what all of them reach together."""
    own, whole_gift = alone.gift, joined.gift
    points = max(whole_gift.points - elsewhere.points, own.points)
    left = {each: count - elsewhere.coupons.get(each, 0) for each, count in whole_gift.coupons.items()}
    coupons = {each: max(left.get(each, 0), own.coupons.get(each, 0)) for each in {**left, **own.coupons}}
    coupons = {each: count for each, count in coupons.items() if count > 0}
    if points == own.points and coupons == own.coupons:
        return Due(joined.goal, alone.at, alone.total, own)
    told = ({"do": "goal_elsewhere", "points": elsewhere.points},) if elsewhere.points else ()
    return Due(
        joined.goal, joined.at, joined.total, Brought(points, coupons, (*whole_gift.steps, *told), whole_gift.caps)
    )
