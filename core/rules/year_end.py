"""What a calendar year brings at its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from core.program.schema import Program, YearEnd
from core.rules.contributions import Moment
from core.rules.terms import business_day, start_of_day
from core.rules.tier_years import turn_after, year_sum

JUST_BEFORE = timedelta(microseconds=1)


def turn_of(program: Program, at: datetime) -> datetime:
    """The first moment after the calendar year that `at` lies in, in the program's zone."""
    return turn_after(business_day(at, program.program.zone).year, program.program.zone)


def awaited(program: Program, at: datetime) -> datetime | None:
    """When the year of that moment is judged; None where a year brings nothing."""
    return turn_of(program, at) if program.year_end else None


def ended(program: Program, moment: datetime) -> int | None:
    """The calendar year that ends at exactly that moment."""
    last = moment - JUST_BEFORE
    return business_day(last, program.program.zone).year if turn_of(program, last) == moment else None


def begin_of(program: Program, year: int) -> datetime:
    """The first moment of a calendar year."""
    return start_of_day(date(year, 1, 1), program.program.zone)


def due(program: Program, rule: YearEnd, known: Iterable[Moment], year: int, tier: str) -> tuple[int, int]:
    """What the year came to in minor units, and the points that it brings. tier: held as the year ended."""
    spend = year_sum(program, known, year, rule.measure)
    met = spend >= rule.spend and (not rule.tiers or tier in rule.tiers)
    return spend, rule.points if met else 0
