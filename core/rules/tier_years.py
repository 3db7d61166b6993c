"""Tiers judged at the turn of the year: won by what calendar years in a row brought, lost by too small a year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from core.program.schema import Program
from core.program.tiering import Way
from core.rules.contributions import Contribution, Gap, Holding, Moment, ProgramAt, moments
from core.rules.terms import business_day, start_of_day

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def since(_program: Program, _at: datetime) -> datetime:
    """A tier can be as old as the books."""
    return BEGINNING


def holding(program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime) -> Holding:
    """The tier held at a moment: what the turns of the year up to then made of it."""
    known = moments(contributions, at)
    program = program_at(at)
    lowest, zone = program.tiers[0].id, program.program.zone
    held = Holding(lowest, None, None)
    if not known:
        return held
    year = business_day(known[0].at, zone).year
    while (turn := turn_after(year, zone)) <= at:
        held = _judge(program_at(turn), known, _invite(program_at, held, known, year), year)
        year += 1
    held = _invite(program_at, held, known, year)
    if program.rank(held.tier) <= 0:
        return Holding(lowest, None, held.met_at, held.spend, review_at=turn)
    return Holding(held.tier, turn, held.met_at, held.spend, review_at=turn)


def counting(program: Program, contributions: Iterable[Contribution], at: datetime) -> tuple[int, int]:
    """The sum of the calendar year; no points."""
    year = business_day(at, program.program.zone).year
    return year_sum(program, moments(contributions, at), year), 0


def to_next(program: Program, contributions: Iterable[Contribution], held: Holding, at: datetime) -> Gap | None:
    """The least that this year must still bring for a higher tier at its end."""
    known = moments(contributions, at)
    zone = program.program.zone
    year = business_day(at, zone).year
    gaps = [
        Gap(tier.id, max(0, way.spend - year_sum(program, known, year, way.measure)), None, turn_after(year, zone))
        for tier in program.tiers[program.rank(held.tier) + 1 :]
        for way in tier.ways
        if not way.held or held.tier in way.held
        if all(year_sum(program, known, year - back, way.measure) >= way.spend for back in range(1, way.years))
    ]
    return min(gaps, key=lambda gap: gap.spend or 0, default=None)


def to_keep(program: Program, contributions: Iterable[Contribution], held: Holding, at: datetime) -> Gap | None:
    """What this year must still bring so that the tier is not lost at its end."""
    keep = program.tier(held.tier).keep
    if keep is None:
        return None
    spend, _ = counting(program, contributions, at)
    return Gap(held.tier, max(0, keep - spend), None, held.until)


def turn_after(year: int, zone: ZoneInfo) -> datetime:
    """The first moment after a calendar year."""
    return start_of_day(date(year + 1, 1, 1), zone)


def year_sum(program: Program, known: Iterable[Moment], year: int, measure: str | None = None) -> int:
    """A measure's sum over a calendar year in the program's zone."""
    zone = program.program.zone
    return sum(each.sum(program, measure) for each in known if business_day(each.at, zone).year == year)


def _invite(program_at: ProgramAt, held: Holding, known: list[Moment], year: int) -> Holding:
    """The tier after a year's invitations; one to a lower tier than the one held changes nothing."""
    for moment in known:
        program = program_at(moment.at)
        if moment.invited_to is None or business_day(moment.at, program.program.zone).year != year:
            continue
        if program.rank(moment.invited_to) > program.rank(held.tier):
            held = Holding(moment.invited_to, None, moment.at)
    return held


def _judge(program: Program, known: list[Moment], held: Holding, year: int) -> Holding:
    """The tier after the turn that ends a year."""
    turn, spend = turn_after(year, program.program.zone), year_sum(program, known, year)
    for higher in reversed(program.tiers[max(0, program.rank(held.tier)) + 1 :]):
        if any(_brought(program, known, way, held.tier, year) for way in higher.ways):
            return Holding(higher.id, None, turn, spend)
    keep = program.tier(held.tier).keep
    return held if keep is None or spend >= keep else Holding(program.tiers[0].id, None, turn, spend)


def _brought(program: Program, known: list[Moment], way: Way, tier: str, year: int) -> bool:
    return (not way.held or tier in way.held) and all(
        year_sum(program, known, year - back, way.measure) >= way.spend for back in range(way.years)
    )
