"""Goals bring the same, whatever order things come in."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.once import Caller
from core.services.purchases.record_purchase import record_purchases
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.services.books.reaching import MORNING, brought, held
from tests.shopping import STORIES, balance_of, bring_back, buy, enrol_one, line, order, proven


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_any_order_of_arrival_brings_the_same(goals: Shop, clock: FrozenClock, arrival: tuple[int, ...]) -> None:
    """The first two make a day's cashback, the last reaches the milestone."""
    bought = [(1, 20_000), (5, 10_000), (30, 22_000)]
    ann = enrol_one(goals)
    clock.move(days=10)
    for number in arrival:
        hours, amount = bought[number]
        buy(goals, ann, f"a{number}", line(amount), at=MORNING + timedelta(hours=hours))
    assert sum(points for _, points in brought(goals, ann, "loyal")) == 40
    assert held(goals, ann, "loyal").count("issued") == 1
    assert held(goals, ann, "cashback").count("issued") == 1
    assert balance_of(goals, ann).active == 520 + 100 + 40
    proven(goals)


drawn = st.lists(
    st.tuples(st.integers(0, 60), st.integers(5_000, 70_000)), min_size=1, max_size=5, unique_by=lambda each: each[0]
)
_names = iter(range(1_000_000))


@STORIES
@given(bought=drawn, data=st.data())
def test_whatever_comes_when_the_gifts_are_those_of_what_was_kept(
    goals: Shop, clock: FrozenClock, bought: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Against a reckoning from scratch; a coupon is used now and then, and stays."""
    clock.set(MORNING + timedelta(days=5))
    name = f"{next(_names)}"
    ann = enrol_one(goals, name, joined_at=MORNING)
    kept = dict(bought)
    for hour, amount in data.draw(st.permutations(bought)):
        made = buy(goals, ann, f"{name}-{hour}", line(amount), at=MORNING + timedelta(hours=hour))
        for part in range(data.draw(st.integers(0, 2))):
            back = data.draw(st.integers(0, kept[hour]))
            if back:
                bring_back(goals, made.id, f"{name}-r{hour}-{part}", amount=back)
                kept[hour] -= back
    earned = sum(amount // 100 for amount in kept.values())
    days: dict[object, int] = {}
    for hour, amount in kept.items():
        day = (MORNING + timedelta(hours=hour + 8)).date()
        days[day] = days.get(day, 0) + amount
    assert sum(points for _, points in brought(goals, ann, "loyal")) == 40 * (earned >= 500) + 60 * (earned >= 900)
    assert held(goals, ann, "loyal").count("issued") == (earned >= 500)
    due = sum(min(3, amount // 30_000) for amount in days.values())
    assert held(goals, ann, "cashback").count("issued") == due
    proven(goals)


def test_many_at_once_bring_the_same(goals: Shop, clock: FrozenClock) -> None:
    clock.move(days=10)
    ann = enrol_one(goals, joined_at=MORNING)
    orders = [order(ann, f"a{n}", MORNING + timedelta(hours=30 * n), line(30_000)) for n in range(4)]
    assert len(list(record_purchases(goals, Caller("import", "i"), orders))) == 4
    assert brought(goals, ann, "loyal") == [("bonus", 40), ("bonus", 60)]
    assert held(goals, ann, "cashback") == ["issued"] * 4
    proven(goals)
