"""Purchases that arrive out of order end where the right order would have ended."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.tier import standing
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import STORIES, balance_of, buy, enrol_one, line, proven


def state(shop: Shop, member_id: int) -> tuple[object, ...]:
    with shop.read() as session:
        stood = standing(shop, session, member_id)
    return (balance_of(shop, member_id), stood)


def test_a_late_purchase_that_reaches_a_tier_pays_the_later_ones_the_difference(
    small_shop: Shop, clock: FrozenClock
) -> None:
    ann = enrol_one(small_shop)
    start = clock.now()
    clock.move(days=5)
    buy(small_shop, ann, "later", line(10_000))
    late = buy(small_shop, ann, "late", line(100_000), at=start)
    assert [(entry.kind, entry.rule, entry.points) for entry in late.entries] == [
        ("accrual", "base", 1000),
        ("bonus", "first", 100),
        ("adjustment", "base", 50),
        ("adjustment", "first", -100),
    ]
    step = late.entries[2].explanation["steps"][-1]
    assert step == {"do": "rejudged", "due": 150, "posted": 100, "difference": 50}
    assert (late.balance, late.tier) == (1250, "silver")
    proven(small_shop)


@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_any_order_of_arrival_ends_in_the_same_place(
    small_shop: Shop, clock: FrozenClock, arrival: tuple[int, ...]
) -> None:
    bought = [(0, 60_000), (40, 50_000), (40, 30_000), (200, 400_000)]
    start = clock.now()
    clock.move(days=210)
    ann, bob = enrol_one(small_shop, "Ann", joined_at=start), enrol_one(small_shop, "Bob", joined_at=start)
    for number, (day, amount) in enumerate(bought):
        buy(small_shop, ann, f"a{number}", line(amount), at=start + timedelta(days=day))
    for number in arrival:
        day, amount = bought[number]
        buy(small_shop, bob, f"b{number}", line(amount), at=start + timedelta(days=day))
    assert state(small_shop, ann) == state(small_shop, bob)
    assert balance_of(small_shop, bob).active == 600 + 100 + 500 + 300 + 6000
    proven(small_shop)


drawn = st.lists(
    st.tuples(st.integers(0, 800), st.integers(1, 300_000)), min_size=2, max_size=6, unique_by=lambda d: d[0]
)
_members = iter(range(1_000_000))


@STORIES
@given(bought=drawn, data=st.data())
def test_any_permutation_of_any_purchases(
    small_shop: Shop, clock: FrozenClock, bought: list[tuple[int, int]], data: st.DataObject
) -> None:
    end = clock.now()
    start = end - timedelta(days=801)
    name = f"{next(_members)}"
    ann, bob = enrol_one(small_shop, f"a{name}", joined_at=start), enrol_one(small_shop, f"b{name}", joined_at=start)
    for day, amount in sorted(bought):
        buy(small_shop, ann, f"{name}-a{day}", line(amount), at=start + timedelta(days=day))
    for day, amount in data.draw(st.permutations(bought)):
        buy(small_shop, bob, f"{name}-b{day}", line(amount), at=start + timedelta(days=day))
    assert state(small_shop, ann) == state(small_shop, bob)
    proven(small_shop)
