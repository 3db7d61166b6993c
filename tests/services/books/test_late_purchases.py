"""Purchases that arrive out of order end where the right order would have ended."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.tier import standing
from core.services.books.run_due import settle_accounts
from core.services.once import Caller
from core.services.programs.publish_program import ProgramDraft, publish_program
from core.shop import Shop
from tests.conftest import SMALL, FrozenClock
from tests.shopping import STORIES, balance_of, bring_back, buy, enrol_one, line, proven


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


def without_gold(source: str) -> str:
    gold, rest = source.index('[[tiers]]\nid = "gold"'), source.index("[tiering]")
    fewer = source[:gold] + source[rest:]
    return fewer.replace(", gold = 2", "").replace("tier_prices = { gold = [{ points = 200 }] }\n", "")


def with_tiering(source: str, settings: str) -> str:
    return source.replace("[earning]\n", f"[tiering]\n{settings}\n\n[earning]\n", 1)


def publish(shop: Shop, source: str, effective_at: datetime | None = None) -> None:
    wish = ProgramDraft(source=source, effective_at=effective_at, drafted_by="staff:al")
    publish_program(shop, Caller("staff:bo", f"publish:{effective_at}"), wish)


def test_a_refund_keeps_the_tier_of_a_till_whose_clock_is_ahead(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    first = buy(small_shop, ann, "p1", line(1000))
    assert buy(small_shop, ann, "p2", line(200_000), at=clock.now() + timedelta(minutes=4)).tier == "silver"
    assert bring_back(small_shop, first.id, "r1", amount=100).tier == "silver"
    proven(small_shop)


def test_a_till_whose_clock_is_ahead_of_a_terms_end(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(200_000))
    clock.set(datetime(2027, 3, 2, 15, 58, tzinfo=UTC))  # silver until 16:00
    over = buy(small_shop, ann, "p2", line(1000), at=datetime(2027, 3, 2, 16, 1, tzinfo=UTC))
    assert (over.entries[0].points, over.tier) == (10, "basic")
    proven(small_shop)
    clock.move(minutes=10)
    settle_accounts(small_shop)
    proven(small_shop)


def test_a_tier_that_the_program_lost_while_it_was_held(bare_shop: Shop, clock: FrozenClock) -> None:
    source = with_tiering(SMALL.read_text(), "validity_months = 24")
    publish(bare_shop, source)
    publish(bare_shop, without_gold(source), clock.now() + timedelta(days=10))
    ann = enrol_one(bare_shop)
    assert buy(bare_shop, ann, "p1", line(600_000)).tier == "gold"
    clock.move(days=400)
    assert buy(bare_shop, ann, "p2", line(1000)).tier == "basic"
    proven(bare_shop)


def test_a_refund_is_settled_alike_whichever_purchase_came_first(small_shop: Shop, clock: FrozenClock) -> None:
    """1 yuan earns 1 point either way, rounded down; what 0.70 are still worth differs: 0.70 or 1.05 points."""
    start = clock.now()
    clock.move(days=5)
    ann, bob = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")
    for member_id, arrival in ((ann, ["big", "small"]), (bob, ["small", "big"])):
        bought = {}
        for what in arrival:
            amount, day = (100_000, 0) if what == "big" else (100, 2)
            at = start + timedelta(days=day)
            bought[what] = buy(small_shop, member_id, f"{what}-{member_id}", line(amount), at=at).id
        bring_back(small_shop, bought["small"], f"r-{member_id}", amount=30)
    assert balance_of(small_shop, ann).active == balance_of(small_shop, bob).active == 1000 + 100 + 1
    proven(small_shop)


def test_a_longer_window_reaches_behind_a_late_purchase_of_the_shorter_one(
    small_shop: Shop, clock: FrozenClock
) -> None:
    start = clock.now()
    ann, bob = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")
    for member_id in (ann, bob):
        buy(small_shop, member_id, f"old-{member_id}", line(60_000), at=start - timedelta(days=1000))
    clock.move(days=1)
    publish(small_shop, with_tiering(SMALL.read_text(), "window_months = 60\nvalidity_months = 60"))
    clock.move(days=10)
    bought = {"late": (0.5, 100), "big": (2, 40_000), "last": (3, 10_000)}
    for member_id, arrival in ((ann, ["late", "big", "last"]), (bob, ["big", "last", "late"])):
        for what in arrival:
            day, amount = bought[what]
            buy(small_shop, member_id, f"{what}-{member_id}", line(amount), at=start + timedelta(days=day))
    assert balance_of(small_shop, ann).active == balance_of(small_shop, bob).active == 1 + 400 + 150
    proven(small_shop)
