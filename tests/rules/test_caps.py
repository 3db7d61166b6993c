"""The most that a rule brings in a day and in a month, and where those begin and end."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import EarningRule
from core.rules.caps import NOTHING, Earned, capped, capped_rules, day_of, is_capped, month_of
from tests.rules.small import PROGRAM

BASE = PROGRAM.earning.rules[0]
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def rule(day: int | None = None, month: int | None = None) -> EarningRule:
    return BASE.model_copy(update={"cap_per_day": day, "cap_per_month": month})


def test_a_rule_without_caps_brings_all() -> None:
    assert capped(rule(), 700, Earned(10_000, 10_000)) == (700, [])
    assert [is_capped(each) for each in (rule(), rule(day=1), rule(month=1))] == [False, True, True]
    program = PROGRAM.model_copy(update={"earning": PROGRAM.earning.model_copy(update={"rules": [BASE, rule(day=5)]})})
    assert capped_rules(program) == [rule(day=5)]


@pytest.mark.parametrize(
    ("points", "earned", "left", "hit"),
    [
        (100, NOTHING, 100, []),
        (101, NOTHING, 100, [{"cap": "day", "limit": 100, "before": 0, "points": 100}]),
        (50, Earned(60, 60), 40, [{"cap": "day", "limit": 100, "before": 60, "points": 40}]),
        (5, Earned(120, 120), 0, [{"cap": "day", "limit": 100, "before": 120, "points": 0}]),
        (30, Earned(0, 280), 20, [{"cap": "month", "limit": 300, "before": 280, "points": 20}]),
        (30, Earned(0, 301), 0, [{"cap": "month", "limit": 300, "before": 301, "points": 0}]),
        (
            90,
            Earned(20, 290),
            10,
            [
                {"cap": "day", "limit": 100, "before": 20, "points": 80},
                {"cap": "month", "limit": 300, "before": 290, "points": 10},
            ],
        ),
    ],
)
def test_what_is_left_and_which_cap_took_it(points: int, earned: Earned, left: int, hit: list[object]) -> None:
    assert capped(rule(day=100, month=300), points, earned) == (left, hit)


def test_a_day_and_a_month_are_those_of_the_shop() -> None:
    at = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)  # midnight of 1 March in Shanghai
    assert day_of(at, SHANGHAI) == (at, datetime(2026, 3, 1, 16, 0, tzinfo=UTC))
    assert month_of(at, SHANGHAI) == (at, datetime(2026, 3, 31, 16, 0, tzinfo=UTC))
    assert day_of(at, NEW_YORK) == (datetime(2026, 2, 28, 5, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC))
    assert month_of(at, NEW_YORK) == (datetime(2026, 2, 1, 5, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC))


def test_a_day_through_a_change_of_the_clocks_is_shorter() -> None:
    since, until = day_of(datetime(2026, 3, 8, 15, tzinfo=UTC), NEW_YORK)
    assert (until - since).total_seconds() == 23 * 3600


@given(st.lists(st.integers(0, 200), max_size=12), st.integers(1, 300), st.integers(1, 900))
def test_never_above_a_cap_and_never_below_nothing(bought: list[int], day: int, month: int) -> None:
    given_so_far = 0
    for points in bought:
        left, hit = capped(rule(day, month), points, Earned(given_so_far, given_so_far))
        assert 0 <= left <= points
        assert bool(hit) == (left < points)
        given_so_far += left
    assert given_so_far == min(sum(bought), day, month)


def test_a_cap_that_is_reached_lets_not_even_one_through() -> None:
    hit = {"cap": "day", "limit": 100, "before": 100, "points": 0}
    assert capped(rule(day=100), 1, Earned(100, 100)) == (0, [hit])
