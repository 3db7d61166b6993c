"""Money, points, days and numbers as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from core.program.loading import load, load_file
from core.program.schema import Program
from core.words import counted, day, last_day, moment, money, number, points
from tests.conftest import FIVE_TIER

PROGRAM = load_file(FIVE_TIER)


def in_currency(currency: str) -> Program:
    source = FIVE_TIER.read_text(encoding="utf-8")
    return load(source.replace('currency = "USD"', f'currency = "{currency}"'), currency)


@pytest.mark.parametrize(
    ("currency", "amount", "language", "written"),
    [
        ("USD", 123456789, "en", "$1,234,567.89"),
        ("USD", -5, "en", "-$0.05"),
        ("USD", 500, "zh-Hans", "US$5.00"),
        ("CNY", 500, "zh-Hans", "¥5.00"),
        ("JPY", 500, "en", "¥500"),
        ("KWD", 1234, "en", "KWD1.234"),
    ],
)
def test_money(currency: str, amount: int, language: str, written: str) -> None:
    assert money(in_currency(currency), amount, language) == written


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [
        (0, "0 points", "0 积分"),
        (1, "1 point", "1 积分"),
        (-1, "-1 point", "-1 积分"),
        (1234, "1,234 points", "1,234 积分"),
        (Fraction(1, 2), "0.5 points", "0.5 积分"),
        (Fraction(1, 3), "≈ 0.3333 points", "≈ 0.3333 积分"),
    ],
)
def test_points(count: int | Fraction, english: str, chinese: str) -> None:
    assert (points(count, "en"), points(count, "zh-Hans")) == (english, chinese)


def test_numbers_and_nouns() -> None:
    assert number(Fraction(617, 40), "en") == "15.425"
    assert counted("day", 1, "en") == "1 day"
    assert counted("day", 2, "zh-Hans") == "2 天"


def test_a_moment_is_told_in_the_programs_zone() -> None:
    midnight = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    assert day(PROGRAM, midnight, "en") == "Mar 2, 2026"
    assert last_day(PROGRAM, midnight, "en") == "Mar 1, 2026"
    assert day(PROGRAM, date(2026, 3, 2), "zh-Hans") == "2026年3月2日"
    assert moment(PROGRAM, midnight, "en").replace("\u202f", " ") == "Mar 2, 2026, 12:00 AM"
    assert moment(PROGRAM, midnight, "zh-Hans") == "2026年3月2日 00:00"
