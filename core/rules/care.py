"""When a care message falls due, for which occasion, for how long, and what ends it: journeys against the calendar.

A day is lived where the member lives. A clock time that a day has twice (clocks go back) is its first; one that a day
lacks (clocks go forward) is the moment at which the gap ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from hashlib import sha256
from zoneinfo import ZoneInfo

from core.program.calendars import celebrated_on, festival
from core.program.journeys import Journey, JourneyStep
from core.rules.terms import business_day, plus_months, start_of_day

EVENTS = ("joined", "purchase", "tier_reached", "tier_lost", "complaint_settled")
"""Triggers that happen at a moment of their own; the others are about a day."""
SLACK = timedelta(hours=3)
"""More than clocks are ever put forward or back."""
DAY = timedelta(days=1)
FURTHEST = timedelta(hours=27)
"""More than the clocks of any two zones are apart."""
APART = timedelta(days=183)
"""Half a year: less than birthdays are apart by either calendar, and more than one person's two days of a year are."""
LONGEST_GAP = timedelta(hours=25)
"""Samoa had no 30 December 2011."""


def moment_of(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """In UTC, when it is that time on that day in that zone."""
    first = datetime.combine(day, clock, zone).astimezone(UTC)
    back = first.astimezone(zone)
    if (back.date(), back.time()) == (day, clock):
        return first
    return _end_of_gap(first, zone)


def _end_of_gap(inside: datetime, zone: ZoneInfo) -> datetime:
    """The first moment of the new offset: the one before it was in force right before the gap."""
    low, high = inside - LONGEST_GAP, inside
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def days_due(after: datetime, until: datetime, clock: time, zone: ZoneInfo) -> list[date]:
    """The days on which it was that time there after `after` and not after `until`."""
    first, last = business_day(after, zone) - DAY, business_day(until, zone)
    days = [first + DAY * each for each in range((last - first).days + 1)]
    return [day for day in days if after < moment_of(day, clock, zone) <= until]


def skipped(after: datetime, clock: time, zone: ZoneInfo, before: ZoneInfo) -> list[date]:
    """The days that whoever moves from a zone to another would miss: on which it was that time by then in the new one,
    and not yet in the one before."""
    today = business_day(after, zone)
    days = [today + DAY * each for each in range(-2, 2)]
    return [day for day in days if moment_of(day, clock, zone) <= after < moment_of(day, clock, before)]


def moment_after(event: datetime, step: JourneyStep, zone: ZoneInfo) -> datetime:
    """The moment of a step after an event: so many days later at its time of day, or at that of the event itself.
    Never before the event."""
    local = event.astimezone(zone)
    if step.at is None and not step.days:
        return event
    clock = local.time() if step.at is None else step.clock
    return max(event, moment_of(local.date() + DAY * step.days, clock, zone))


def events_due(step: JourneyStep, after: datetime, until: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Where events lie whose moment may lie after `after` and not after `until`: from (exclusive) and to (inclusive).
    Whether it does, moment_after says."""
    back = DAY * step.days
    if step.at is None:
        slack = SLACK if step.days else timedelta()
        return [(after - back - slack, until - back + slack)]
    ranges = [_whole_day(day - back, zone) for day in days_due(after, until, step.clock, zone)]
    return [*ranges, (after, until)] if not step.days else ranges


def _whole_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    tick = timedelta(microseconds=1)
    return start_of_day(day, zone) - tick, start_of_day(day + DAY, zone) - tick


def is_stale(moment: datetime, step: JourneyStep, now: datetime) -> bool:
    return now >= expires_at(moment, step)


def expires_at(moment: datetime, step: JourneyStep) -> datetime:
    """From then on it is not sent."""
    return moment + timedelta(hours=step.hours)


def occasion(journey: Journey, step: JourneyStep, what: str, day: date) -> str:
    """What a member gets a step of a journey for, once. what: what it is about; day: on which that happened, in the
    shop; where it is a day that is come to, of its moment, where the member lives."""
    key = {"each": what, "month": f"{day:%Y-%m}", "year": f"{day:%Y}", "ever": "ever"}[journey.once]
    return f"{key}/{step.days}"


def is_held_out(journey: str, member_id: int, part: Fraction) -> bool:
    """Whether a member belongs to the part that a journey leaves out: the same ones for as long as it has its id."""
    if not part:
        return False
    drawn = int.from_bytes(sha256(f"{journey}:{member_id}".encode()).digest()[:8])
    return drawn < part * 2**64


@dataclass(frozen=True, slots=True)
class Born:
    """Whose birthday of a year it is: month × 100 + day by the civil calendar, and by the lunar one, of those whose
    civil day lies between two (both included)."""

    year: int
    civil: list[int]
    lunar: list[int]
    between: tuple[int, int]


def born_on(day: date) -> list[Born]:
    """Those whose birthday of the day's own year it is, and those who celebrate that of another year by the lunar
    calendar: a lunar birthday is that of the year in which the nearest civil one lies, so that each year has one by
    either. Who was born on 29 February has their birthday on the 28th in the years without one."""
    short = (day.month, day.day) == (2, 28) and (day + DAY).month == 3
    civil, lunar = [228, 229] if short else [_month_day(day)], celebrated_on(day)
    turn = day + APART
    nearest = {turn.year: (101, _month_day(turn) - 1), turn.year - 1: (_month_day(turn), 1231)}
    own = Born(day.year, civil, lunar, nearest.pop(day.year))
    return [own, *(Born(year, [], lunar, between) for year, between in nearest.items() if lunar)]


def _month_day(day: date) -> int:
    return day.month * 100 + day.day


def joined_on(day: date, earliest: int) -> Iterator[tuple[int, date]]:
    """The days whose anniversary a day is, with how many years it is; back to a year. Who joined on 29 February has it
    on the 28th in the years without one."""
    for years in range(1, day.year - earliest + 1):
        for shift in (0, 1):
            then = plus_months(day, -12 * years) + DAY * shift
            if plus_months(then, 12 * years) == day:
                yield years, then


def months_before(day: date, months: int) -> tuple[date, date] | None:
    """The first and the last of the days that so many months before become that day; None: it is nobody's."""
    around = [plus_months(day, -months) + DAY * shift for shift in range(-3, 4)]
    days = [each for each in around if plus_months(each, months) == day]
    return (days[0], days[-1]) if days else None


def lapsing_days(once: str, about: date) -> tuple[date, date]:
    """The first and the last of the days whose lapsing points are told at once with those of a day: of its month or of
    its year, else it alone."""
    if once == "month":
        first = about.replace(day=1)
        return first, plus_months(first, 1) - DAY
    if once == "year":
        return date(about.year, 1, 1), date(about.year, 12, 31)
    return about, about


def is_festival(journey: Journey, day: date) -> bool:
    if journey.festival is not None:
        return festival(journey.festival, day.year) == day
    month, of_month = map(int, (journey.date or "").split("-"))
    short = (month, of_month) == (2, 29) and (day.month, day.day) == (2, 28) and (day + DAY).month == 3
    return short or (day.month, day.day) == (month, of_month)
