"""Dates as people write them."""

from __future__ import annotations

import re
from datetime import date


class YearMissing(ValueError):
    """A day and a month, but no year."""


class Unclear(ValueError):
    """No date, or one that can be read in two ways (04/05/1990)."""


_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")
_EITHER_FIRST = re.compile(r"(\d{1,2})\s*[/-]\s*(\d{1,2})\s*[/-]\s*(\d{4})")
_NO_YEAR = re.compile(r"\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号.]?")


def read_date(text: str) -> date:
    """1990-05-17, 1990/5/17, 1990年5月17日, 17.05.1990, and 17/05/1990 where only one reading is a date.

    YearMissing, Unclear.
    """
    written = text.strip().translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    if match := _YEAR_FIRST.fullmatch(written):
        year, month, day = map(int, match.groups())
        return _date(year, month, day)
    if match := _DAY_FIRST.fullmatch(written):
        day, month, year = map(int, match.groups())
        return _date(year, month, day)
    if match := _EITHER_FIRST.fullmatch(written):
        one, other, year = map(int, match.groups())
        if one <= 12 and other <= 12 and one != other:
            raise Unclear(text)
        return _date(year, min(one, other), max(one, other))
    if _NO_YEAR.fullmatch(written):
        raise YearMissing(text)
    raise Unclear(text)


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unclear(f"{year}-{month}-{day}") from None
