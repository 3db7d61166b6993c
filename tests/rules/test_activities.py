"""How often what members do besides buying counts."""

from __future__ import annotations

from typing import Any

import pytest

from core.program.bonuses import Activity
from core.rules.activities import countable
from core.rules.refusal import Refusal


def activity(**limits: Any) -> Activity:
    return Activity(id="review", name={"en": "Review"}, points=20, **limits)


@pytest.mark.parametrize(
    ("limits", "so_far", "refusal"),
    [
        ({}, (9, 9, 9), None),
        ({"once": True}, (0, 0, 0), None),
        ({"once": True}, (1, 0, 0), Refusal("activity-once", {"activity": "review"})),
        ({"per_day": 2}, (9, 1, 9), None),
        ({"per_day": 2}, (9, 2, 9), Refusal("activity-limit-day", {"activity": "review", "limit": 2})),
        ({"per_day": 2}, (9, 3, 9), Refusal("activity-limit-day", {"activity": "review", "limit": 2})),
        ({"per_month": 5}, (9, 9, 4), None),
        ({"per_month": 5}, (9, 9, 5), Refusal("activity-limit-month", {"activity": "review", "limit": 5})),
        ({"per_month": 5}, (9, 9, 6), Refusal("activity-limit-month", {"activity": "review", "limit": 5})),
    ],
)
def test_it_counts_as_often_as_the_program_says(
    limits: dict[str, Any], so_far: tuple[int, int, int], refusal: Refusal | None
) -> None:
    assert countable(activity(**limits), *so_far) == refusal
