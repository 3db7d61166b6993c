"""Rolling tiers: met by the trailing window's sum, held for a term from the last day they were met.

A contribution counts for `window_months` from its day. A tier is met at a moment when the sum of what counts then
reaches its threshold, and is held for `validity_months` from the last day it was met. The tier at t is the highest
one held: more spending can only raise it, and the order in which purchases arrive does not matter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from core.program.schema import Program
from core.program.tiering import Tier
from core.rules.contributions import Contribution, Gap, Holding, Moment, ProgramAt, moments
from core.rules.terms import end_of_term, window_start


def met(program: Program, spend: int, points: int) -> str:
    """The highest tier whose threshold these sums reach."""
    return next(tier.id for tier in reversed(program.tiers) if _reaches(tier, spend, points))


def since(program: Program, at: datetime) -> datetime:
    """The earliest moment that can still bear on the tier at `at`."""
    tiering, zone = program.tiering, program.program.zone
    return window_start(window_start(at, tiering.validity_months, zone), tiering.window_months, zone)


def holding(program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime) -> Holding:
    """The tier held at a moment. Whether a tier was met is judged by the program of that time, so a new version
    takes nothing away before its term is over, but for tiers that it no longer has."""
    program = program_at(at)
    lowest = program.tiers[0].id
    last: dict[str, Holding] = {}
    for moment, spend, points in _sums(program, contributions, at):
        tier = moment.invited_to or met(program_at(moment.at), spend, points)
        if tier != lowest:
            until = end_of_term(moment.at, program.tiering.validity_months, program.program.zone)
            last[tier] = Holding(tier, until, moment.at, spend, points, until)
    held = [
        each for each in last.values() if each.until is not None and each.until > at and program.rank(each.tier) >= 0
    ]
    return max(held, key=lambda each: program.rank(each.tier), default=Holding(lowest, None, None))


def counting(program: Program, contributions: Iterable[Contribution], at: datetime) -> tuple[int, int]:
    """Spend and points that count at a moment."""
    months, zone = program.tiering.window_months, program.program.zone
    counted = [
        each for each in contributions if each.at <= at and each.known <= at and end_of_term(each.at, months, zone) > at
    ]
    return sum(each.spend for each in counted), sum(each.points for each in counted)


def to_next(program: Program, contributions: Iterable[Contribution], held: Holding, at: datetime) -> Gap | None:
    """What is missing now to the tier above."""
    rank = program.rank(held.tier)
    if rank + 1 >= len(program.tiers):
        return None
    return _gap(program.tiers[rank + 1], *counting(program, contributions, at), None)


def to_keep(program: Program, contributions: Iterable[Contribution], held: Holding, at: datetime) -> Gap | None:
    """What still counts on the tier's last day, against its threshold: buying the rest by then keeps it."""
    if held.until is None:
        return None
    on_last_day = counting(program, contributions, held.until - timedelta(microseconds=1))
    return _gap(program.tier(held.tier), *on_last_day, held.until)


def _gap(tier: Tier, spend: int, points: int, by: datetime | None) -> Gap:
    return Gap(
        tier.id,
        None if tier.spend is None else max(0, tier.spend - spend),
        None if tier.points is None else max(0, tier.points - points),
        by,
    )


def _reaches(tier: Tier, spend: int, points: int) -> bool:
    if tier.spend is None and tier.points is None:
        return True
    return (tier.spend is not None and spend >= tier.spend) or (tier.points is not None and points >= tier.points)


def _sums(program: Program, contributions: Iterable[Contribution], at: datetime) -> Iterable[tuple[Moment, int, int]]:
    """The sums right after each moment up to `at`: when they can be highest."""
    months, zone = program.tiering.window_months, program.program.zone
    open_terms: deque[tuple[datetime, Moment]] = deque()
    spend = points = 0
    for moment in moments(contributions, at):
        while open_terms and open_terms[0][0] <= moment.at:
            gone = open_terms.popleft()[1]
            spend, points = spend - gone.spend, points - gone.points
        open_terms.append((end_of_term(moment.at, months, zone), moment))
        spend, points = spend + moment.spend, points + moment.points
        yield moment, spend, points
