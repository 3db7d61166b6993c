"""Money, points, days and rates as a language writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal

from core.program.schema import Program
from core.words.texts import spoken, texts

_JUST_BEFORE = timedelta(microseconds=1)


@cache
def locale_of(language: str) -> Locale:
    return Locale.parse(spoken(language), sep="-")


def money(program: Program, amount: int, language: str) -> str:
    """Minor units in the program's currency: `$12.34`."""
    head = program.program
    exact = Decimal(amount).scaleb(-head.decimals)
    return format_currency(exact, head.currency, locale=locale_of(language))


def number(value: int | Fraction, language: str) -> str:
    """`1,234` or `1.5`; a fraction without an end to four places, marked as rounded."""
    exact = Fraction(value)
    shown = round(exact, 4)
    digits = Decimal(shown.numerator) / Decimal(shown.denominator)
    return ("" if shown == exact else "≈ ") + format_decimal(digits, format="#,##0.####", locale=locale_of(language))


def points(count: int | Fraction, language: str) -> str:
    """`1 point`, `37 points`, `15.425 points`."""
    return counted("point", count, language)


def counted(noun: str, count: int | Fraction, language: str) -> str:
    """A number with its noun, in the plural form of the language."""
    form = locale_of(language).plural_form(abs(count) if isinstance(count, int) else float(count))
    sentences = texts(spoken(language))
    pattern = sentences.get(f"count.{noun}.{form}", sentences[f"count.{noun}.other"])
    return pattern.format(n=number(count, language))


def day(program: Program, at: datetime | date, language: str) -> str:
    """`Mar 2, 2026`; a moment is a day in the program's zone."""
    local = at.astimezone(program.program.zone).date() if isinstance(at, datetime) else at
    return format_date(local, "medium", locale=locale_of(language))


def month(day: date, language: str) -> str:
    """`March 2026`."""
    return format_skeleton("yMMMM", day, locale=locale_of(language))


def days(first: date, last: date, language: str) -> str:
    """`Apr 5 – 20, 2027`, or `Apr 5, 2027` where they are one."""
    return str(format_interval(first, last, "yMMMd", locale=locale_of(language)))


def last_day(program: Program, until: datetime, language: str) -> str:
    """The last day before a moment at which something is over."""
    return day(program, until - _JUST_BEFORE, language)


def moment(program: Program, at: datetime, language: str) -> str:
    """`Mar 2, 2026, 3:00 PM` in the program's zone."""
    local = at.astimezone(program.program.zone)
    time = format_time(local, "short", tzinfo=program.program.zone, locale=locale_of(language))
    return texts(spoken(language))["count.moment"].format(day=day(program, at, language), time=time)
