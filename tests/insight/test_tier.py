from datetime import UTC, datetime

from core.insight.ledger import entries, entry
from core.insight.tier import Missing, standing
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import buy, enrol_one, line


def test_what_is_missing_to_the_next_tier_and_to_keep_this_one(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(100_000))
    clock.move(days=100)
    buy(small_shop, ann, "p2", line(30_000))
    with small_shop.read() as session:
        stood = standing(small_shop, session, ann)
    until = datetime(2027, 6, 10, 16, tzinfo=UTC)
    assert (stood.tier, stood.until, stood.qualifying_spend, stood.qualifying_points) == (
        "silver",
        until,
        130_000,
        1450,
    )
    assert stood.next == Missing(tier="gold", spend=370_000, points=6550)
    assert stood.keep == Missing(tier="silver", spend=70_000, points=None, by=until)


def test_spending_what_is_missing_by_then_does_keep_the_tier(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(100_000))
    with small_shop.read() as session:
        keep = standing(small_shop, session, ann).keep
    assert keep is not None
    assert keep.spend == 0  # bought on the first day of its own year: it still counts on the last
    clock.set(datetime(2027, 3, 2, 15, 59, tzinfo=UTC))
    buy(small_shop, ann, "p2", line(1))
    clock.move(days=1)
    with small_shop.read() as session:
        assert standing(small_shop, session, ann).tier == "silver"


def test_the_lowest_tier_has_nothing_to_keep_and_the_highest_nothing_above(small_shop: Shop) -> None:
    ann, bob = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")
    buy(small_shop, bob, "p1", line(500_000))
    with small_shop.read() as session:
        low, high = standing(small_shop, session, ann), standing(small_shop, session, bob)
    assert (low.tier, low.until, low.keep) == ("basic", None, None)
    assert (high.tier, high.next) == ("gold", None)


def test_the_ledger_comes_in_pages_newest_first(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    for number in range(5):
        clock.move(minutes=1)
        buy(small_shop, ann, f"p{number}", line(100))
    with small_shop.read() as session:
        first = entries(session, ann, limit=2)
        second = entries(session, ann, before=first.next, limit=2)
        last = entries(session, ann, before=second.next, limit=2)
        assert entry(session, ann, first.items[0].id) == first.items[0]
    assert [each.source for page in (first, second, last) for each in page.items] == [
        f"purchase:p{number}" for number in (4, 3, 2, 1, 0)
    ]
    assert last.next is None
