"""When points lapse."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from core.program.schema import Program
from core.rules.terms import business_day, days_after, end_of_term, plus_months, start_of_day, window_start
from core.rules.tier_cards import period_end

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""What the books write for points that do not lapse."""
YEARS_END = "12-31"


class Idle(NamedTuple):
    """Points that lapse at `until` unless the member does something before; moved_on() says when they then do.

    version: the number of the one by whose terms; None: of the entry that brings them.
    """

    until: datetime
    version: int | None = None


Lapse = datetime | Idle


class Activity(NamedTuple):
    """What a member did. kind: purchase or reward, as `active_by` of the program has it."""

    at: datetime
    kind: str


def lapses_at(program: Program, earned_at: datetime, period_until: datetime | None) -> Lapse:
    """The first moment at which points earned then can no longer be spent.

    period_until: of the member's card; points of an earlier period, reported late, lapse with that one.
    """
    zone = program.program.zone
    match program.earning.expires:
        case "months":
            return end_of_term(earned_at, program.earning.expires_months, zone)
        case "period":
            return _end_of_period(program, earned_at, period_until)
        case "year_end":
            return start_of_day(
                date(business_day(earned_at, zone).year + program.earning.expires_years + 1, 1, 1), zone
            )
        case "fixed_date":
            return _fixed_date(program, earned_at)
        case "inactivity":
            return Idle(end_of_term(earned_at, program.earning.expires_months, zone))
        case "never":
            return NEVER


def end_of(lapse: Lapse) -> datetime:
    """When points lapse if the member does nothing."""
    return lapse.until if isinstance(lapse, Idle) else lapse


def moved_on(program: Program, until: datetime, activities: Iterable[Activity]) -> datetime:
    """When points that lapse at `until` do after all: whatever the member does before it begins the months anew.

    activities: in any order, and as many others as there are; the program says which of them count.
    """
    for at, kind in sorted(activities):
        if at >= until:
            break
        if kind in program.earning.active_by:
            until = max(until, end_of_term(at, program.earning.expires_months, program.program.zone))
    return until


def bears_from(program: Program, until: datetime) -> datetime:
    """Nothing that the member did before this moment bears on points that lapse at `until`."""
    return window_start(until, program.earning.expires_months, program.program.zone)


def _fixed_date(program: Program, earned_at: datetime) -> datetime:
    """The end of the first such day on which the months are over; 29 February is the 28th in other years."""
    zone = program.program.zone
    least = plus_months(business_day(earned_at, zone), program.earning.expires_months)
    month, day = map(int, (program.earning.expires_on or YEARS_END).split("-"))
    last = next(
        each
        for year in (least.year, least.year + 1)
        if (each := date(year, month, min(day, monthrange(year, month)[1]))) >= least
    )
    return start_of_day(last + timedelta(days=1), zone)


def _end_of_period(program: Program, earned_at: datetime, period_until: datetime | None) -> datetime:
    zone, years = program.program.zone, program.tiering.period_years
    if period_until is None:
        return period_end(earned_at, years, zone)
    while earned_at < (begin := start_of_day(date(period_until.astimezone(zone).year - years - 1, 1, 1), zone)):
        period_until = begin
    return period_until


def waits(program: Program, channel: str) -> bool:
    """Whether the points of what is bought through that channel wait for its delivery."""
    return channel in program.earning.until_delivered


def spendable_from(
    program: Program, bought_at: datetime, channel: str, delivered_at: datetime | None, now: datetime
) -> datetime:
    """When the points of a purchase become spendable: as active_from; where they wait for the delivery, as if earned
    with it, or after the days that this may take, whichever comes first. NEVER: not before it is delivered."""
    if not waits(program, channel):
        return active_from(program, bought_at, now)
    days = program.earning.delivered_after_days
    latest = NEVER if days is None else days_after(bought_at, days, program.program.zone)
    return latest if delivered_at is None else min(latest, active_from(program, delivered_at, now))


def active_from(program: Program, earned_at: datetime, now: datetime) -> datetime:
    """When points become spendable: after the waiting days, else at once, even if the till's clock is ahead."""
    days = program.earning.pending_days
    return days_after(earned_at, days, program.program.zone) if days else min(earned_at, now)
