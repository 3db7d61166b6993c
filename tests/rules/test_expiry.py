"""When points lapse and become spendable, to the instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import Program
from core.rules.expiry import (
    NEVER,
    Activity,
    Idle,
    active_from,
    bears_from,
    end_of,
    lapses_at,
    moved_on,
    spendable_from,
    waits,
)
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
    at_once = earning(until_delivered=["web"])
    assert spendable_from(at_once, NOON, "shop", None, NOON - INSTANT) == NOON - INSTANT
    assert spendable_from(program, NOON, "web", arrived, now) == shanghai(2026, 3, 6)
    assert spendable_from(program, NOON, "web", shanghai(2026, 3, 11), now) == shanghai(2026, 3, 12)


def test_an_order_without_a_limit_waits_for_ever() -> None:
    program = earning(until_delivered=["web"])
    assert spendable_from(program, NOON, "web", None, NOON) == NEVER
    assert spendable_from(program, NOON, "web", shanghai(2026, 3, 4), shanghai(2026, 3, 5)) == shanghai(2026, 3, 4)


IDLE = earning(expires="inactivity", expires_months=2)


def did(*moments: datetime, kind: str = "purchase") -> list[Activity]:
    return [Activity(at, kind) for at in moments]


def test_by_inactivity_after_months_unless_the_member_is_active_before() -> None:
    end = shanghai(2026, 5, 3)
    assert lapses_at(IDLE, NOON, shanghai(2026, 4, 1)) == Idle(end)
    assert moved_on(IDLE, end, []) == end
    assert moved_on(IDLE, end, did(end)) == end
    assert moved_on(IDLE, end, did(end - INSTANT)) == shanghai(2026, 7, 3)
    assert moved_on(IDLE, end, did(shanghai(2026, 5, 2), shanghai(2026, 7, 1))) == shanghai(2026, 9, 2)
    assert moved_on(IDLE, end, did(shanghai(2026, 5, 2), shanghai(2026, 7, 3))) == shanghai(2026, 7, 3)
    assert moved_on(IDLE, end, did(shanghai(2026, 2, 1))) == end


def test_what_bears_on_idle_points_begins_with_a_day_of_the_shop() -> None:
    assert bears_from(IDLE, shanghai(2026, 5, 3)) == shanghai(2026, 3, 3)
    assert (end_of(Idle(NOON)), end_of(NOON)) == (NOON, NOON)


def test_the_months_begin_anew_on_leap_days_and_over_the_turn_of_the_year() -> None:
    year = earning(expires="inactivity", expires_months=12)
    assert moved_on(year, shanghai(2028, 3, 1), did(shanghai(2028, 2, 29, 23, 59))) == shanghai(2029, 3, 1)
    assert moved_on(IDLE, shanghai(2027, 1, 5), did(shanghai(2026, 12, 31, 12))) == shanghai(2027, 3, 1)


def test_only_what_the_program_names_counts_as_being_active() -> None:
    end, taken = shanghai(2026, 5, 3), did(shanghai(2026, 5, 2), kind="reward")
    assert moved_on(IDLE, end, taken) == end
    both = earning(expires="inactivity", expires_months=2, active_by=["purchase", "reward"])
    assert moved_on(both, end, taken) == shanghai(2026, 7, 3)


@given(hours=st.lists(st.integers(0, 24 * 400), max_size=8), data=st.data())
def test_activities_that_become_known_one_by_one_in_any_order_come_to_the_same_end(
    hours: list[int], data: st.DataObject
) -> None:
    """… as long as one counts only for points that had not lapsed by then, and what came before cannot matter."""
    every = did(*(NOON + timedelta(hours=each) for each in hours))
    begin = until = shanghai(2026, 5, 3)
    for number, known in enumerate(order := data.draw(st.permutations(every)), 1):
        if known.at < until:
            until = moved_on(IDLE, until, (each for each in order[:number] if each.at >= known.at))
    assert until == moved_on(IDLE, begin, every)
    assert until == moved_on(IDLE, begin, (each for each in every if each.at >= bears_from(IDLE, begin)))
