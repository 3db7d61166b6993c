"""S5 through the tills: every figure is reckoned by hand from the card table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from core.insight.tier import moves
from core.rules.refusal import Refused
from core.services.books.run_due import run_due
from core.services.once import Caller
from core.services.purchases.record_purchase import PurchaseResult, record_purchases
from tests.club import give
from tests.rules.stores import INSTANT, shanghai
from tests.services.stores import Store
from tests.services.stores import opened as opened
from tests.shopping import balance_of, bring_back, buy, dump, enrol_one, line, order, proven

NEW_YEAR_2028 = shanghai(2028, 1, 1)
NEW_YEAR_2030 = shanghai(2030, 1, 1)


@pytest.fixture
def store(opened: Callable[[str], Store]) -> Store:
    return opened("department-store")


@pytest.fixture
def ann(store: Store) -> int:
    return enrol_one(store.shop)


def got(result: PurchaseResult) -> tuple[str, int]:
    """The tier after, and the points that the purchase itself brought."""
    return result.tier, sum(entry.points for entry in result.entries)


def test_a_card_from_nothing_to_diamond(store: Store, ann: int) -> None:
    assert got(store.buys(ann, "a", shanghai(2026, 3, 2, 10), 999)) == ("none", 0)
    assert got(store.buys(ann, "b", shanghai(2026, 3, 3, 10), 600)) == ("none", 0)
    assert got(store.buys(ann, "c", shanghai(2026, 3, 3, 11), 400)) == ("vip", 0)
    assert got(store.buys(ann, "d", shanghai(2026, 3, 3, 12), 9999)) == ("vip", 9999)
    assert got(store.buys(ann, "e", shanghai(2026, 3, 4, 10), 1)) == ("silver", 1)
    assert got(store.buys(ann, "f", shanghai(2026, 3, 5, 10), 3)) == ("silver", 4)
    assert got(store.buys(ann, "g", shanghai(2026, 3, 8, 10), 39_997)) == ("platinum", 119_991)
    assert got(store.buys(ann, "h", shanghai(2026, 3, 9, 10), 70_000)) == ("diamond", 140_000)
    assert got(store.buys(ann, "i", shanghai(2026, 4, 8, 10), 10)) == ("diamond", 50)
    assert balance_of(store.shop, ann).active == 9999 + 1 + 4 + 119_991 + 140_000 + 50
    assert store.period_until(ann) == NEW_YEAR_2028
    proven(store.shop)


def test_points_are_rounded_down_once_for_a_purchase(store: Store, ann: int) -> None:
    store.buys(ann, "card", shanghai(2026, 3, 2), 5000)
    basket = [line(133, "department"), line(133, "supermarket"), line(133, "dining", sku="soup")]
    result = store.basket(ann, "three", shanghai(2026, 3, 3), *basket)
    assert got(result) == ("silver", 5)
    assert result.entries[0].explanation["steps"][-1]["exact"] == "1197/200"


def test_every_category_earns_but_only_the_department_counts(store: Store, ann: int) -> None:
    for place, category in enumerate(["supermarket", "appliances", "dining"]):
        assert got(store.buys(ann, category, shanghai(2026, 3, 2 + place), 60_000, category)) == ("none", 0)
    assert got(store.buys(ann, "card", shanghai(2026, 3, 9), 1000, "department/shoes")) == ("vip", 0)
    for place, category in enumerate(["supermarket", "appliances", "dining"]):
        assert got(store.buys(ann, f"{category}-2", shanghai(2026, 3, 10 + place), 60_000, category)) == ("vip", 60_000)


def test_a_bulk_purchase_earns_but_does_not_count(store: Store, ann: int) -> None:
    assert got(store.basket(ann, "a", shanghai(2026, 3, 2), line(1_000_00, "department", 3))) == ("none", 0)
    assert got(store.basket(ann, "b", shanghai(2026, 3, 3), line(500_00, "department", 2))) == ("vip", 0)
    in_two_lines = [line(10_000_00, "department", 2), line(9_000_00, "department")]
    assert got(store.basket(ann, "c", shanghai(2026, 3, 4), *in_two_lines)) == ("vip", 29_000)
    assert got(store.basket(ann, "d", shanghai(2026, 3, 5), line(5_000_00, "department", 2))) == ("silver", 10_000)


def test_an_unknown_category_is_refused(store: Store, ann: int) -> None:
    before = dump(store.shop)
    with pytest.raises(Refused) as refused:
        store.buys(ann, "a", shanghai(2026, 3, 2), 1000, "garden")
    assert refused.value.refusal.reason == "category-unknown"
    assert refused.value.refusal.facts["known"] == ["department", "supermarket", "appliances", "dining"]
    assert dump(store.shop) == before


def test_member_day_is_the_eighth_in_shanghai(store: Store, ann: int) -> None:
    store.buys(ann, "card", shanghai(2026, 3, 2), 10_000)
    assert got(store.buys(ann, "a", shanghai(2026, 3, 8) - INSTANT, 100)) == ("platinum", 200)
    assert got(store.buys(ann, "b", shanghai(2026, 3, 8), 100)) == ("platinum", 400)
    assert got(store.buys(ann, "c", shanghai(2026, 3, 9) - INSTANT, 100)) == ("platinum", 400)
    assert got(store.buys(ann, "d", shanghai(2026, 3, 9), 100)) == ("platinum", 200)


def test_at_the_end_of_the_period_points_and_total_go_and_the_card_stays(store: Store, ann: int) -> None:
    store.buys(ann, "card", shanghai(2026, 3, 2), 1000)
    store.buys(ann, "a", shanghai(2026, 3, 3), 5000)
    store.buys(ann, "b", shanghai(2027, 12, 31, 23, 59), 4000)
    assert {entry.expires_at for entry in balance_of(store.shop, ann).expiring} == {NEW_YEAR_2028}
    store.until(NEW_YEAR_2028 - INSTANT)
    assert balance_of(store.shop, ann).active == 9000
    assert store.standing(ann).qualifying_spend == 900_000
    store.until(NEW_YEAR_2028)
    assert balance_of(store.shop, ann).active == 0
    stood = store.standing(ann)
    assert (stood.tier, stood.qualifying_spend, stood.period_until) == ("vip", 0, NEW_YEAR_2030)
    assert store.period_until(ann) == NEW_YEAR_2030
    after = dump(store.shop)
    run_due(store.shop)
    assert dump(store.shop) == after
    assert got(store.buys(ann, "c", shanghai(2028, 1, 2), 9999)) == ("vip", 9999)
    assert [each.expires_at for each in balance_of(store.shop, ann).expiring] == [NEW_YEAR_2030]
    assert got(store.buys(ann, "d", shanghai(2029, 12, 31, 12), 1)) == ("silver", 1)
    store.until(NEW_YEAR_2030)
    assert balance_of(store.shop, ann).active == 0
    proven(store.shop)


def test_a_period_that_nobody_swept_ends_all_the_same(store: Store, ann: int) -> None:
    store.buys(ann, "card", shanghai(2026, 3, 2), 1000)
    store.buys(ann, "a", shanghai(2026, 3, 3), 9000)
    result = store.buys(ann, "b", shanghai(2030, 6, 1), 9999)
    assert (result.tier, result.balance) == ("vip", 9999)
    assert [entry.expires_at for entry in result.entries if entry.kind == "accrual"] == [shanghai(2032, 1, 1)]
    proven(store.shop)


def test_missed_points_can_be_claimed_on_the_same_business_day_only(store: Store, ann: int) -> None:
    store.buys(ann, "card", shanghai(2026, 3, 2, 9), 1000)
    missed = order(ann, "missed", shanghai(2026, 3, 3, 9), line(10_000, "department"))
    store.clock.set(shanghai(2026, 3, 4))
    before = dump(store.shop)
    with pytest.raises(Refused) as refused:
        buy(store.shop, ann, "missed", *missed.lines, at=missed.occurred_at)
    assert refused.value.refusal.reason == "claim-too-late"
    assert dump(store.shop) == before
    store.clock.set(shanghai(2026, 3, 4) - INSTANT)
    assert got(buy(store.shop, ann, "missed", *missed.lines, at=missed.occurred_at)) == ("vip", 100)


def test_an_import_is_history_and_no_claim(store: Store, ann: int) -> None:
    store.clock.set(shanghai(2026, 3, 20))
    days = [order(ann, f"h{day}", shanghai(2026, 3, day), line(100_000, "department")) for day in (2, 3)]
    for importer in ("import", "import again"):
        told = [outcome for _, outcome in record_purchases(store.shop, Caller(importer, "i"), days)]
        assert [got(each) if isinstance(each, PurchaseResult) else each for each in told] == [("vip", 0), ("vip", 1000)]
    proven(store.shop)


@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_any_order_of_arrival_within_the_day_ends_in_the_same_place(store: Store, arrival: tuple[int, ...]) -> None:
    hours, yuan = [9, 10, 11, 11], [400, 700, 3000, 8000]
    evening = shanghai(2026, 3, 8, 20)
    store.clock.set(evening)
    ann, bob = enrol_one(store.shop, "Ann"), enrol_one(store.shop, "Bob")
    for member, order_of_arrival in ((ann, range(4)), (bob, arrival)):
        for place in order_of_arrival:
            at = shanghai(2026, 3, 8, hours[place])
            buy(store.shop, member, f"{member}-{place}", line(yuan[place] * 100, "department"), at=at)
    # 400 + 700 bring the VIP card; 11,000 bought with it on a member day bring silver and 22,000 points.
    for member in (ann, bob):
        stood = store.standing(member)
        assert (stood.tier, stood.qualifying_spend) == ("silver", 1_100_000)
        assert balance_of(store.shop, member).active == 22_000
    proven(store.shop)


def test_the_card_goes_back_with_the_goods_that_brought_it(store: Store, ann: int) -> None:
    proof = store.buys(ann, "proof", shanghai(2026, 3, 2, 9), 1000)
    store.buys(ann, "with-card", shanghai(2026, 3, 2, 10), 6000)
    store.clock.set(shanghai(2026, 3, 2, 11))
    returned = bring_back(store.shop, proof.id, "r1", {"proof": 1})
    assert (returned.tier, returned.balance) == ("none", 6000)
    assert got(store.buys(ann, "again", shanghai(2026, 3, 2, 12), 999)) == ("none", 0)
    assert got(store.buys(ann, "once-more", shanghai(2026, 3, 2, 13), 1)) == ("vip", 0)
    proven(store.shop)


def test_a_total_that_shrinks_takes_the_higher_card_back_and_its_points_as_granted(store: Store, ann: int) -> None:
    store.buys(ann, "card", shanghai(2026, 3, 2), 1000)
    raising = store.buys(ann, "raising", shanghai(2026, 3, 8), 10_000)
    assert got(raising) == ("silver", 20_000)
    store.clock.set(shanghai(2026, 3, 10))
    returned = bring_back(store.shop, raising.id, "r1", amount=500_000)
    assert (returned.tier, returned.balance) == ("vip", 10_000)
    assert bring_back(store.shop, raising.id, "r2", amount=500_000).balance == 0
    proven(store.shop)


def test_every_change_of_card_is_kept_with_its_reason(store: Store, ann: int) -> None:
    store.buys(ann, "card", shanghai(2026, 3, 2, 9), 1200)
    store.buys(ann, "more", shanghai(2026, 3, 3, 9), 10_500)
    with store.shop.read() as session:
        newest, oldest = moves(session, ann)
    assert (oldest.from_tier, oldest.to_tier, oldest.until) == ("none", "vip", None)
    assert (oldest.reason["do"], oldest.reason["spend"]) == ("met", 120_000)
    assert (newest.from_tier, newest.to_tier) == ("vip", "silver")
    assert (newest.reason["do"], newest.reason["spend"]) == ("met", 1_050_000)
    assert newest.effective_at - oldest.effective_at == timedelta(days=1)


def test_a_standing_names_what_is_missing(store: Store, ann: int) -> None:
    store.buys(ann, "a", shanghai(2026, 3, 2, 9), 300)
    stood = store.standing(ann)
    assert (stood.tier, stood.qualifying_spend, stood.keep) == ("none", 30_000, None)
    assert stood.next is not None
    assert (stood.next.tier, stood.next.spend, stood.next.by) == ("vip", 70_000, shanghai(2026, 3, 3))


def test_points_by_hand_lapse_with_the_period_too(store: Store, ann: int) -> None:
    store.buys(ann, "card", shanghai(2026, 3, 2), 1000)
    give(store.shop, ann, 500)
    assert [each.expires_at for each in balance_of(store.shop, ann).expiring] == [NEW_YEAR_2028]
    store.until(NEW_YEAR_2028)
    assert balance_of(store.shop, ann).active == 0
