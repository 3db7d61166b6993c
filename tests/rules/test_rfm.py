"""Fifths: the definition by counting who is worse, and the cuts that give the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.rules.rfm import fifth, places


def cuts_of(values: list[int]) -> list[int]:
    ordered = sorted(values)
    return [ordered[place - 1] for place in places(len(values))]


def test_ten_different_members_are_cut_into_pairs() -> None:
    cuts = cuts_of(list(range(1, 11)))
    assert cuts == [2, 4, 6, 8]
    assert [fifth(value, cuts) for value in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_one_time_buyers_are_all_in_the_lowest_fifth_and_the_few_others_above() -> None:
    values = [1] * 7 + [2, 3, 9]
    cuts = cuts_of(values)
    assert [fifth(value, cuts) for value in (1, 2, 3, 9)] == [1, 4, 5, 5]


def test_nobody_has_no_cuts() -> None:
    assert places(0) == []


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60))
def test_the_cuts_say_what_counting_the_worse_says(values: list[int]) -> None:
    cuts = cuts_of(values)
    for value in values:
        worse = sum(other < value for other in values)
        assert fifth(value, cuts) == 1 + 5 * worse // len(values)
