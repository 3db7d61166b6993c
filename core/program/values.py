"""The kinds of value in a program file, and what they may be."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Annotated
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from pydantic import AfterValidator, BeforeValidator, Field

from core.program.faults import did_you_mean

LEAP_YEAR = 2000
MAX_POINTS = 1_000_000_000
MAX_MONEY = 100_000_000_000


_RATE = re.compile(r"-?\d{1,9}(\.\d{1,9}|/\d{1,9})?")


def exact(written: str) -> Fraction | float:
    """A TOML float as the fraction it says; one with an exponent, inf or nan stays a float, which no key takes."""
    return Fraction(written) if _RATE.fullmatch(written) else float(written)


def _rate(value: object) -> object:
    if isinstance(value, str) and _RATE.fullmatch(value) and not re.search(r"/0+$", value):
        return Fraction(value)
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return Fraction(value)
    raise ValueError('write an exact rate: 2, 1.5 or "3/2"')


_zones = lru_cache(maxsize=1)(available_timezones)


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(did_you_mean(value, sorted(_zones()), "write an IANA zone such as Asia/Shanghai"))
    return value


def _currency(value: str) -> str:
    if value not in list_currencies():
        raise ValueError(did_you_mean(value, sorted(list_currencies()), "write an ISO 4217 code such as CNY"))
    return value


def _month_day(value: str) -> str:
    try:
        date.fromisoformat(f"{LEAP_YEAR}-{value}")
    except ValueError:
        raise ValueError('write a month and a day, as in "06-30"') from None
    return value


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
CategoryPath = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*(/[a-z0-9_-]+)*$", max_length=120)]
Points = Annotated[int, Field(strict=True, ge=0, le=MAX_POINTS)]
Money = Annotated[int, Field(strict=True, ge=0, le=MAX_MONEY)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
Months = Annotated[int, Field(strict=True, ge=1, le=120)]
Days = Annotated[int, Field(strict=True, ge=1, le=3660)]
BasisPoints = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Rate = Annotated[Fraction, BeforeValidator(_rate), Field(ge=0, le=1000)]
MonthDay = Annotated[str, Field(pattern=r"^\d\d-\d\d$"), AfterValidator(_month_day)]
"""A day of every year, "06-30"; "02-29" is the 28th where there is no 29th."""
Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Words = dict[str, Annotated[str, Field(min_length=1, max_length=1000)]]
"""One text in each of the program's languages: {"en": …, "zh-Hans": …}."""
