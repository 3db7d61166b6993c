"""Rolling tiers: met by the trailing window's sum, held for a term from the last day they were met.

A contribution counts for `window_months` from its day. A tier is met at a moment when the sum of what counts then
reaches its threshold. It is held for `validity_months` from that day, and kept for the grace after them: who meets it
again by then has saved it, and a new term begins on that day. With `one_step` what was met goes on to prove the next
lower tier for a term and a grace that follow, and so on down. The tier at t is the highest one that any moment proves:
more spending can only raise it, and the order in which purchases arrive does not matter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.program.schema import Program
from core.program.tiering import Tier
from core.rules.contributions import Contribution, Gap, Holding, Moment, ProgramAt, moments
from core.rules.terms import days_after, end_of_term, window_start

JUST_BEFORE = timedelta(microseconds=1)


def met(program: Program, spend: int, points: int) -> str:
    """The highest tier whose threshold these sums reach."""
    return next(tier.id for tier in reversed(program.tiers) if _reaches(tier, spend, points))


def since(program: Program, at: datetime) -> datetime:
    """The earliest moment that can still bear on the tier at `at`."""
    tiering, zone = program.tiering, program.program.zone
    for _ in range(len(program.tiers) - 1 if tiering.downgrade == "one_step" else 1):
        kept_from = window_start(days_after(at, -tiering.grace_days, zone), tiering.grace_months, zone)
        at = window_start(kept_from, tiering.validity_months, zone)
    return window_start(at, tiering.window_months, zone)


def holding(program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime) -> Holding:
    """The tier held at a moment. Whether a tier was met, and for how long it is then held, is judged by the program of
    that time, so a new version takes nothing away before its term is over, but for tiers that it no longer has."""
    program = program_at(at)
    last: dict[tuple[str, int], tuple[Program, datetime, int, int]] = {}
    held = []
    for moment, spend, points in _sums(program_at, contributions, at):
        then, invited_to = program_at(moment.at), moment.invited_to
        if invited_to is not None and moment.invited_until is not None:
            held.append(_invited(program, then, invited_to, moment.at, moment.invited_until, at))
            invited_to = None
        last[invited_to or met(then, spend, points), id(then)] = (then, moment.at, spend, points)
    held += [
        proven(program, then, tier, met_at, spend, points, at)
        for (tier, _), (then, met_at, spend, points) in last.items()
    ]
    lowest = Holding(program.tiers[0].id, None, None)
    return max(held, key=lambda each: (program.rank(each.tier), each.until or at), default=lowest)


def proven(
    program: Program, then: Program, tier: str, met_at: datetime, spend: int, points: int, at: datetime
) -> Holding:
    """What a tier that was met at a moment proves at `at`, in a program that has it. then: in force as it was met."""
    rank, ends = program.rank(tier), met_at
    while rank > 0:
        term_ends = end_of_term(ends, then.tiering.validity_months, then.program.zone)
        ends = _kept_until(then, term_ends)
        if ends > at:
            term_until = term_ends if ends > term_ends else None
            return Holding(program.tiers[rank].id, ends, met_at, spend, points, ends, term_until=term_until)
        rank, ends = (rank - 1 if then.tiering.downgrade == "one_step" else 0), ends - JUST_BEFORE
    return Holding(program.tiers[0].id, None, None)


def _invited(program: Program, then: Program, tier: str, since: datetime, until: datetime, at: datetime) -> Holding:
    """What an invitation with an end of its own proves at `at`: nothing beyond that end, nor beyond the term."""
    held = proven(program, then, tier, since, 0, 0, at)
    if held.tier != tier or until <= at or held.until is None:
        return Holding(program.tiers[0].id, None, None)
    return held if held.until <= until else Holding(tier, until, since, 0, 0, until)


def _kept_until(program: Program, term_ends: datetime) -> datetime:
    """The end of the grace after a term; counted from the term's last day."""
    tiering, zone = program.tiering, program.program.zone
    if not tiering.grace_months and not tiering.grace_days:
        return term_ends
    return days_after(end_of_term(term_ends - JUST_BEFORE, tiering.grace_months, zone), tiering.grace_days, zone)


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
    """What still counts on the last day of the term, or of the grace once the term is over, against the tier's
    threshold: buying the rest by then keeps it."""
    by = held.term_until if held.term_until is not None and at < held.term_until else held.until
    if by is None:
        return None
    return _gap(program.tier(held.tier), *counting(program, contributions, by - JUST_BEFORE), by)


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


def _sums(
    program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime
) -> Iterable[tuple[Moment, int, int]]:
    """The sums right after each moment up to `at`, when they can be highest, over the window of the program then."""
    known = moments(contributions, at)
    windows = {_window(program_at(moment.at)) for moment in known}
    for window in windows:
        for moment, spend, points in _trailing(window, known):
            if len(windows) == 1 or _window(program_at(moment.at)) == window:
                yield moment, spend, points


def _window(program: Program) -> tuple[int, ZoneInfo]:
    return program.tiering.window_months, program.program.zone


def _trailing(window: tuple[int, ZoneInfo], known: Iterable[Moment]) -> Iterable[tuple[Moment, int, int]]:
    months, zone = window
    open_terms: deque[tuple[datetime, Moment]] = deque()
    spend = points = 0
    for moment in known:
        while open_terms and open_terms[0][0] <= moment.at:
            gone = open_terms.popleft()[1]
            spend, points = spend - gone.spend, points - gone.points
        open_terms.append((end_of_term(moment.at, months, zone), moment))
        spend, points = spend + moment.spend, points + moment.points
        yield moment, spend, points
