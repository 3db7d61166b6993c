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

from lunar_python import Lunar, LunarMonth, Solar  # type: ignore[import-untyped]

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


@lru_cache(maxsize=4096)
def lunar(day: date) -> LunarDay:
    """The lunar date of a civil day, from 1901 to 2099."""
    found = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    return LunarDay(found.getYear(), abs(found.getMonth()), found.getDay(), found.getMonth() < 0)


@lru_cache(maxsize=4096)
def days_of_month(year: int, month: int) -> int:
    """29 or 30, of an ordinary month of the lunar year."""
    return int(LunarMonth.fromYm(year, month).getDayCount())


@lru_cache(maxsize=4096)
def civil(year: int, month: int, day: int) -> date:
    """The civil day of a lunar date in an ordinary month; of the 30th, where there is none, the 29th."""
    found = Lunar.fromYmd(year, month, min(day, days_of_month(year, month))).getSolar()
    return date(found.getYear(), found.getMonth(), found.getDay())


def lunar_birthday(born: date) -> int:
    """month × 100 + day of somebody's birthday by the lunar calendar. Who was born in a leap month celebrates in the
    ordinary month of the same number, which every year has."""
    found = lunar(born)
    return found.month * 100 + found.day


def celebrated_on(day: date) -> tuple[int, list[int]]:
    """The lunar year, and which lunar birthdays fall on a civil day: none in a leap month; those of the 30th on the
    29th where the month has no more."""
    found = lunar(day)
    if found.leap:
        return found.year, []
    last = found.day == 29 == days_of_month(found.year, found.month)
    return found.year, [found.month * 100 + each for each in (found.day, *([30] if last else []))]


@lru_cache(maxsize=4096)
def festival(name: str, year: int) -> date:
    """Its day in a civil year, from 1902 to 2098."""
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _LUNAR:
        return civil(year, *_LUNAR[name])
    if name in _WEEKDAYS:
        return _weekday(year, *_WEEKDAYS[name])
    if name == "lunar_new_years_eve":
        return festival("spring_festival", year) - timedelta(days=1)
    term = Solar.fromYmd(year, 4, 1).getLunar().getJieQiTable()["清明"]
    return date(term.getYear(), term.getMonth(), term.getDay())


def _weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first, _ = monthrange(year, month)
    return date(year, month, 1 + (weekday - first) % 7 + 7 * (nth - 1))
