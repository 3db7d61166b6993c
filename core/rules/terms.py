"""Calendar terms in the program's zone.

A term of n months that starts on a day runs to the end of the same-named day n months on; where that month has no
such day, to the end of its last day (as BGB § 188 (2), (3) and the Civil Code of China § 202, 203 count it).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def plus_months(day: date, months: int) -> date:
    """The same-named day so many months on (or back), else the last day of that month."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which that day begins in the zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def business_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def end_of_term(at: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The first moment after a term of so many months that began at `at`."""
    return _day_after_term(business_day(at, zone), months, zone)


@lru_cache(maxsize=4096)
def _day_after_term(first: date, months: int, zone: ZoneInfo) -> datetime:
    return start_of_day(plus_months(first, months) + timedelta(days=1), zone)


def window_start(at: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The earliest moment whose term of so many months still runs at `at`."""
    today = business_day(at, zone)
    first = plus_months(today, -months)
    if plus_months(first, months) < today:
        first += timedelta(days=1)
    return start_of_day(first, zone)


def days_after(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The start of the business day so many days on; `at` itself for 0."""
    return start_of_day(business_day(at, zone) + timedelta(days=days), zone) if days else at
