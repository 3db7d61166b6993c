"""Days in a row, and what they complete."""

from __future__ import annotations

from datetime import date

import pytest

from core.program.schema import CheckIn, Streak
from core.rules.check_in import completed, streak_on

WEEK, MONTH = Streak(days=7, points=10), Streak(days=30, points=60)


@pytest.mark.parametrize(
    ("last_day", "streak"), [(None, 1), (date(2026, 2, 28), 5), (date(2026, 2, 27), 1), (date(2025, 3, 1), 1)]
)
def test_a_streak_goes_on_from_yesterday_alone(last_day: date | None, streak: int) -> None:
    assert streak_on(date(2026, 3, 1), last_day, 4) == streak


def test_a_streak_pays_each_time_it_is_complete() -> None:
    rule = CheckIn(points=2, streaks=[WEEK, MONTH])
    paid = {day: completed(rule, day) for day in range(1, 211) if completed(rule, day)}
    assert [day for day, streaks in paid.items() if WEEK in streaks] == list(range(7, 211, 7))
    assert [day for day, streaks in paid.items() if MONTH in streaks] == list(range(30, 211, 30))
    assert paid[210] == [WEEK, MONTH]
