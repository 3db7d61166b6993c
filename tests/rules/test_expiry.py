"""When points lapse and become spendable, to the instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.program.schema import Program
from core.rules.expiry import NEVER, active_from, lapses_at, spendable_from, waits
from tests.rules.small import PROGRAM
from tests.rules.stores import CAMPUS, CLIENTS, INSTANT, STORE, shanghai

NOON = shanghai(2026, 3, 2, 12)


def earning(**change: Any) -> Program:
    return PROGRAM.model_copy(update={"earning": PROGRAM.earning.model_copy(update=change)})


@pytest.mark.parametrize(
    ("earned", "lapses"),
    [
        (NOON, shanghai(2027, 3, 3)),
        (shanghai(2026, 3, 2), shanghai(2027, 3, 3)),
        (shanghai(2026, 3, 3) - INSTANT, shanghai(2027, 3, 3)),
        (shanghai(2028, 2, 29, 12), shanghai(2029, 3, 1)),
        (shanghai(2026, 12, 31, 23, 59), shanghai(2028, 1, 1)),
    ],
)
def test_after_months_to_the_end_of_the_last_day(earned: datetime, lapses: datetime) -> None:
    assert lapses_at(PROGRAM, earned, None) == lapses
    assert lapses_at(PROGRAM, earned, shanghai(2026, 6, 1)) == lapses


def test_with_the_cards_period() -> None:
    assert lapses_at(STORE, NOON, shanghai(2028, 1, 1)) == shanghai(2028, 1, 1)
    assert lapses_at(STORE, shanghai(2027, 12, 31, 23, 59), shanghai(2028, 1, 1)) == shanghai(2028, 1, 1)
    assert lapses_at(STORE, shanghai(2028, 1, 1), shanghai(2030, 1, 1)) == shanghai(2030, 1, 1)


def test_without_a_card_as_if_its_period_began_then() -> None:
    assert lapses_at(STORE, NOON, None) == shanghai(2028, 1, 1)
    assert lapses_at(STORE, shanghai(2026, 12, 31, 23, 59), None) == shanghai(2028, 1, 1)
    assert lapses_at(STORE, shanghai(2027, 1, 1), None) == shanghai(2029, 1, 1)


def test_points_of_an_earlier_period_lapse_with_it_however_late_they_come() -> None:
    period_until = shanghai(2032, 1, 1)
    assert lapses_at(STORE, shanghai(2030, 1, 1), period_until) == period_until
    assert lapses_at(STORE, shanghai(2030, 1, 1) - INSTANT, period_until) == shanghai(2030, 1, 1)
    assert lapses_at(STORE, shanghai(2028, 1, 1), period_until) == shanghai(2030, 1, 1)
    assert lapses_at(STORE, shanghai(2027, 6, 1), period_until) == shanghai(2028, 1, 1)


@pytest.mark.parametrize(("years", "lapses"), [(0, 2027), (1, 2028), (2, 2029)])
def test_with_the_end_of_a_calendar_year(years: int, lapses: int) -> None:
    program = earning(expires="year_end", expires_years=years)
    assert lapses_at(program, NOON, None) == shanghai(lapses, 1, 1)
    assert lapses_at(program, shanghai(2027, 1, 1) - INSTANT, shanghai(2030, 1, 1)) == shanghai(lapses, 1, 1)
    assert lapses_at(program, shanghai(2027, 1, 1), None) == shanghai(lapses + 1, 1, 1)


@pytest.mark.parametrize("program", [CAMPUS, CLIENTS])
def test_never(program: Program) -> None:
    assert lapses_at(program, NOON, None) == NEVER


def test_points_are_spendable_at_once_even_if_the_tills_clock_is_ahead() -> None:
    assert active_from(PROGRAM, NOON, NOON + timedelta(days=3)) == NOON
    assert active_from(PROGRAM, NOON + timedelta(minutes=4), NOON) == NOON


def test_points_wait_for_whole_business_days() -> None:
    program = earning(pending_days=14)
    assert active_from(program, NOON, NOON) == shanghai(2026, 3, 16)
    assert active_from(program, shanghai(2026, 3, 3) - INSTANT, NOON) == shanghai(2026, 3, 16)
    assert active_from(program, shanghai(2026, 3, 3), NOON) == shanghai(2026, 3, 17)


@pytest.mark.parametrize(
    ("on", "months", "earned", "lapses"),
    [
        ("06-30", 12, NOON, shanghai(2027, 7, 1)),
        ("06-30", 12, shanghai(2026, 6, 30, 23, 59), shanghai(2027, 7, 1)),
        ("06-30", 12, shanghai(2026, 7, 1), shanghai(2028, 7, 1)),
        ("06-30", 1, shanghai(2026, 5, 30), shanghai(2026, 7, 1)),
        ("06-30", 1, shanghai(2026, 5, 31), shanghai(2026, 7, 1)),
        ("06-30", 1, shanghai(2026, 6, 1), shanghai(2027, 7, 1)),
        ("12-31", 1, shanghai(2026, 11, 30, 12), shanghai(2027, 1, 1)),
        ("12-31", 1, shanghai(2026, 12, 1), shanghai(2028, 1, 1)),
        ("02-29", 12, shanghai(2026, 2, 28, 12), shanghai(2027, 3, 1)),
        ("02-29", 12, shanghai(2027, 2, 28, 12), shanghai(2028, 3, 1)),
        ("02-29", 12, shanghai(2027, 3, 1), shanghai(2029, 3, 1)),
    ],
)
def test_with_a_date_once_the_months_are_over(on: str, months: int, earned: datetime, lapses: datetime) -> None:
    program = earning(expires="fixed_date", expires_on=on, expires_months=months)
    assert lapses_at(program, earned, None) == lapses


def test_without_a_date_the_year_ends() -> None:
    assert lapses_at(earning(expires="fixed_date", expires_months=1), NOON, None) == shanghai(2027, 1, 1)


def test_points_of_an_order_wait_for_its_delivery() -> None:
    program = earning(until_delivered=["web"], delivered_after_days=10, pending_days=2)
    now, arrived = shanghai(2026, 3, 5, 8), shanghai(2026, 3, 4, 20)
    assert (waits(program, "web"), waits(program, "shop")) == (True, False)
    assert spendable_from(program, NOON, "shop", arrived, now) == shanghai(2026, 3, 4)
    assert spendable_from(program, NOON, "web", None, now) == shanghai(2026, 3, 12)
    assert spendable_from(program, NOON, "web", arrived, now) == shanghai(2026, 3, 6)
    assert spendable_from(program, NOON, "web", shanghai(2026, 3, 11), now) == shanghai(2026, 3, 12)


def test_an_order_without_a_limit_waits_for_ever() -> None:
    program = earning(until_delivered=["web"])
    assert spendable_from(program, NOON, "web", None, NOON) == NEVER
    assert spendable_from(program, NOON, "web", shanghai(2026, 3, 4), shanghai(2026, 3, 5)) == shanghai(2026, 3, 4)
