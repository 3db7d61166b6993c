"""Stages against the member's own rhythm, at their very limits."""

from __future__ import annotations

from datetime import date

import pytest

from core.rules.life_cycle import mean_gap, rhythm, stage


@pytest.mark.parametrize(
    ("visits", "away", "own", "expected"),
    [
        (0, 0, 30, "joined"),
        (1, 0, 30, "new"),
        (1, 60, 30, "new"),
        (1, 61, 30, "silent"),
        (2, 60, 30, "active"),
        (9, 61, 30, "silent"),
        (9, 150, 30, "silent"),
        (9, 151, 30, "lost"),
        (9, 36, 7, "lost"),
        (1, 151, 30, "lost"),
    ],
)
def test_the_stage(visits: int, away: int, own: int, expected: str) -> None:
    assert stage(visits, away, own) == expected


def test_the_rhythm_is_the_mean_pause_once_there_are_two_of_them() -> None:
    first = date(2026, 1, 1)
    assert rhythm(1, first, first) is None
    assert rhythm(2, first, date(2026, 1, 21)) is None
    assert rhythm(3, first, date(2026, 1, 22)) == 11  # 21 days in 2 pauses, rounded half up
    assert rhythm(5, first, date(2026, 2, 10)) == 10


def test_a_rhythm_is_neither_below_a_week_nor_above_half_a_year() -> None:
    assert mean_gap(10, 10) == 7
    assert mean_gap(400, 1) == 180
