"""A bot's rate, shared out among processes, never adds up to more than it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.sharing import headroom, part


@given(st.integers(2, 1000), st.lists(st.integers(0, 1000), max_size=8))
def test_the_parts_are_the_whole_and_replies_get_no_less_than_one_each(rate: int, replies: list[int]) -> None:
    kept = headroom(rate, replies)
    assert 0 <= kept < rate
    assert kept + sum(part(kept, len(replies)) for _ in replies[1:]) <= rate or len(replies) > 1
    assert kept >= min(len(replies), rate - 1)
    assert sum(part(rate, len(replies)) for _ in replies) <= rate + 1e-9


@pytest.mark.parametrize(
    ("rate", "replies", "kept"),
    [
        (30, [], 0),
        (30, [0], 3),
        (30, [2], 4),
        (30, [4, 3], 10),  # a third at most
        (30, [9], 10),
        (1000, [0, 0], 10),
        (1000, [60, 40], 200),
        (2, [0, 0, 0], 1),
    ],
)
def test_headroom_follows_what_replies_need(rate: int, replies: list[int], kept: int) -> None:
    assert headroom(rate, replies) == kept
