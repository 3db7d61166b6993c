"""Days that a calendar other than the civil one names: the lunar calendar of China, and the festivals of the year.

A civil day bears the lunar date that the Chinese calendar (GB/T 33661-2017, reckoned at UTC+8) prints beside it,
wherever in the world that day is lived.
"""

from __future__ import annotations

from calendar import SUNDAY, THURSDAY, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, get_args

from lunar_python import LunarYear, Solar  # type: ignore[import-untyped]

FestivalName = Literal[
    "new_year",
    "lunar_new_years_eve",
    "spring_festival",
    "lantern",
    "valentines",
    "womens_day",
    "qingming",
    "mothers_day",
    "dragon_boat",
    "fathers_day",
    "qixi",
    "mid_autumn",
    "national_day",
    "double_ninth",
    "thanksgiving",
    "christmas",
]
FESTIVALS: tuple[str, ...] = get_args(FestivalName)

_FIXED = {
    "new_year": (1, 1),
    "valentines": (2, 14),
    "womens_day": (3, 8),
    "national_day": (10, 1),
    "christmas": (12, 25),
}
_LUNAR = {
    "spring_festival": (1, 1),
    "lantern": (1, 15),
    "dragon_boat": (5, 5),
    "qixi": (7, 7),
    "mid_autumn": (8, 15),
    "double_ninth": (9, 9),
}
_WEEKDAYS = {
    "mothers_day": (5, SUNDAY, 2),
    "fathers_day": (6, SUNDAY, 3),
    "thanksgiving": (11, THURSDAY, 4),
}


@dataclass(frozen=True, slots=True)
class LunarDay:
    """A day of the lunar calendar; year: the one that begins with Spring Festival. leap: in the month that repeats."""

    year: int
    month: int
    day: int
    leap: bool


@dataclass(frozen=True, slots=True)
class _Month:
    """A month of a lunar year; first: its first civil day."""

    first: date
    month: int
    leap: bool
    days: int


@lru_cache(maxsize=512)
def _months(year: int) -> list[_Month]:
    """The twelve or thirteen months of a lunar year."""
    return [
        _Month(
            _date(Solar.fromJulianDay(each.getFirstJulianDay())),
            abs(each.getMonth()),
            each.isLeap(),
            each.getDayCount(),
        )
        for each in LunarYear.fromYear(year).getMonthsInYear()
    ]


def _date(found: Solar) -> date:
    return date(found.getYear(), found.getMonth(), found.getDay())


def _month(year: int, month: int) -> _Month:
    """The ordinary month of that number."""
    return next(each for each in _months(year) if each.month == month and not each.leap)


def lunar(day: date) -> LunarDay:
    """The lunar date of a civil day."""
    year = day.year if day >= _months(day.year)[0].first else day.year - 1
    month = [each for each in _months(year) if each.first <= day][-1]
    return LunarDay(year, month.month, (day - month.first).days + 1, month.leap)


def civil(year: int, month: int, day: int) -> date:
    """The civil day of a lunar date in an ordinary month; of the 30th, where there is none, the 29th."""
    found = _month(year, month)
    return found.first + timedelta(days=min(day, found.days) - 1)


def lunar_birthday(born: date) -> int:
    """month × 100 + day of somebody's birthday by the lunar calendar. Who was born in a leap month celebrates in the
    ordinary month of the same number, which every year has."""
    found = lunar(born)
    return found.month * 100 + found.day


def next_lunar(born: date, today: date) -> date:
    """The civil day, today or later, on which somebody's birthday is next celebrated by the lunar calendar."""
    month, day = divmod(lunar_birthday(born), 100)
    days = (civil(year, month, day) for year in (today.year - 1, today.year, today.year + 1))
    return next(each for each in days if each >= today)


def celebrated_on(day: date) -> list[int]:
    """Which lunar birthdays fall on a civil day: none in a leap month; those of the 30th on the 29th where the month
    has no more."""
    found = lunar(day)
    if found.leap:
        return []
    last = found.day == 29 == _month(found.year, found.month).days
    return [found.month * 100 + each for each in (found.day, *([30] if last else []))]


@lru_cache(maxsize=4096)
def festival(name: str, year: int) -> date:
    """Its day in a civil year."""
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _LUNAR:
        return civil(year, *_LUNAR[name])
    if name in _WEEKDAYS:
        return _weekday(year, *_WEEKDAYS[name])
    if name == "lunar_new_years_eve":
        return festival("spring_festival", year) - timedelta(days=1)
    return _date(Solar.fromYmd(year, 4, 1).getLunar().getJieQiTable()["清明"])  # Qingming, a solar term


def _weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first, _ = monthrange(year, month)
    return date(year, month, 1 + (weekday - first) % 7 + 7 * (nth - 1))
