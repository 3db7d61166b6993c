"""Grace and steps in the books: the scheduler, tills that report late, and what the member is told.

Noon in Shanghai, 2 March 2026; silver from 1,000, gold from 5,000.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.tier import Missing, Standing, moves, standing
from core.services.books.run_due import run_due
from core.shop import Shop
from tests.conftest import SMALL, FrozenClock
from tests.rules.stores import shanghai
from tests.services.books.test_late_purchases import publish, with_tiering
from tests.shopping import STORIES, bring_back, buy, enrol_one, line, proven

KIND = 'downgrade = "one_step"\ngrace_months = 1'


@pytest.fixture
def kind_shop(bare_shop: Shop, clock: FrozenClock) -> Shop:
    clock.set(shanghai(2026, 3, 2, 12))
    publish(bare_shop, with_tiering(SMALL.read_text(encoding="utf-8"), KIND))
    return bare_shop


def stands(shop: Shop, member: int) -> Standing:
    with shop.read() as session:
        return standing(shop, session, member)


def test_gold_is_kept_for_a_month_and_goes_down_step_by_step(kind_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(kind_shop)
    assert buy(kind_shop, ann, "p1", line(500_000)).tier == "gold"
    told = []
    for at in (shanghai(2027, 3, 2), shanghai(2027, 3, 3), shanghai(2027, 4, 3), shanghai(2028, 4, 3),
               shanghai(2028, 5, 3)):  # fmt: skip
        clock.set(at)
        run_due(kind_shop)
        stood = stands(kind_shop, ann)
        told.append((stood.tier, stood.term_until, stood.until, stood.falls_to, stood.keep))
        proven(kind_shop)
    gold, silver = (shanghai(2027, 3, 3), shanghai(2027, 4, 3)), (shanghai(2028, 4, 3), shanghai(2028, 5, 3))
    assert told == [
        ("gold", *gold, "silver", Missing(tier="gold", spend=0, points=3000, by=gold[0])),
        ("gold", *gold, "silver", Missing(tier="gold", spend=500_000, points=8000, by=gold[1])),
        ("silver", *silver, "basic", Missing(tier="silver", spend=100_000, points=None, by=silver[0])),
        ("silver", *silver, "basic", Missing(tier="silver", spend=100_000, points=None, by=silver[1])),
        ("basic", None, None, None, None),
    ]
    with kind_shop.read() as session:
        changes = [(move.from_tier, move.to_tier, move.effective_at) for move in moves(session, ann)]
    assert changes[:2] == [("silver", "basic", silver[1]), ("gold", "silver", gold[1])]


def test_a_purchase_in_the_grace_saves_the_tier_for_a_term(kind_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(kind_shop)
    buy(kind_shop, ann, "p1", line(500_000))
    clock.set(shanghai(2027, 4, 2, 23))
    assert buy(kind_shop, ann, "p2", line(500_000)).tier == "gold"
    stood = stands(kind_shop, ann)
    assert (stood.term_until, stood.until) == (shanghai(2028, 4, 3), shanghai(2028, 5, 3))
    proven(kind_shop)


def test_a_refund_takes_the_tier_at_once(kind_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(kind_shop)
    bought = buy(kind_shop, ann, "p1", line(500_000))
    clock.set(shanghai(2027, 3, 20))
    assert bring_back(kind_shop, bought.id, "r1", amount=450_000).tier == "basic"
    proven(kind_shop)


drawn = st.lists(
    st.tuples(st.integers(0, 1600), st.integers(1, 600_000)), min_size=2, max_size=5, unique_by=lambda d: d[0]
)
_members = iter(range(1_000_000))


@STORIES
@given(bought=drawn, data=st.data())
def test_the_order_of_arrival_and_the_scheduler_change_nothing(
    kind_shop: Shop, clock: FrozenClock, bought: list[tuple[int, int]], data: st.DataObject
) -> None:
    name = f"{next(_members)}"
    start = clock.now()
    ann, bob = enrol_one(kind_shop, f"a{name}"), enrol_one(kind_shop, f"b{name}")
    for day, amount in sorted(bought):
        clock.set(start + timedelta(days=day))
        run_due(kind_shop)
        buy(kind_shop, ann, f"{name}-a{day}", line(amount))
    clock.set(start + timedelta(days=1600))
    for day, amount in data.draw(st.permutations(bought)):
        buy(kind_shop, bob, f"{name}-b{day}", line(amount), at=start + timedelta(days=day))
    assert stands(kind_shop, ann) == stands(kind_shop, bob)
    proven(kind_shop)
