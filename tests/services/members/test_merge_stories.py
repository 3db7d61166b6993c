"""Whatever happens to members before, while and after they are one: the books hold; undone, it was never there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.refusal import Refused
from core.services.books.run_due import run_due
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.merging import HAPPENS, live, merge, part, some, stands
from tests.shopping import STORIES, balance_of, bring_back, buy, dump, line, proven


@settings(STORIES, max_examples=8)
@given(st.data())
def test_a_merge_undone_at_once_was_never_there(small_shop: Shop, clock: FrozenClock, data: st.DataObject) -> None:
    """Balances, debts, lots by their ends, tiers and their terms, coupons, consents: of both, exactly."""
    story, turned = data.draw(st.lists(HAPPENS, max_size=9)), data.draw(st.booleans())
    pair = some(small_shop, 2)
    live(small_shop, clock, pair, story)
    run_due(small_shop)
    before = [stands(small_shop, each) for each in pair]
    keep, other = reversed(pair) if turned else pair
    merged = merge(small_shop, keep, other)
    assert merged.balance == sum(each["balance"] for each in before)
    proven(small_shop)
    parted = part(small_shop, merged.id)
    assert parted.stayed == []
    assert [stands(small_shop, each) for each in pair] == before
    proven(small_shop)


def test_debts_that_the_others_points_paid_are_owed_again(small_shop: Shop, clock: FrozenClock) -> None:
    """Nothing of it stays: the lots that paid them are whole again."""
    pair = some(small_shop, 2)
    happened = [
        ("refund", 0, 150),
        ("buy", 1, 150),
        ("mug", 1, 208),
        ("refund", 0, 255),
        ("buy", 0, 57),
    ]
    live(small_shop, clock, pair, [*happened, ("buy", 1, 22)])
    before = [stands(small_shop, each) for each in pair]
    parted = part(small_shop, merge(small_shop, pair[1], pair[0]).id)
    assert parted.stayed == []
    assert [stands(small_shop, each) for each in pair] == before
    proven(small_shop)


@settings(STORIES, max_examples=6)
@given(st.data())
def test_the_books_hold_whatever_happens_between_merging_and_parting(
    small_shop: Shop, clock: FrozenClock, data: st.DataObject
) -> None:
    before, between, after = (data.draw(st.lists(HAPPENS, max_size=most)) for most in (6, 6, 3))
    pair = some(small_shop, 2)
    bought = live(small_shop, clock, pair, before)
    merged = merge(small_shop, pair[0], pair[1])
    live(small_shop, clock, pair, between, bought)
    run_due(small_shop)
    proven(small_shop)
    whole = stands(small_shop, pair[0])["balance"]
    parted = part(small_shop, merged.id)
    assert parted.keep_balance + parted.other_balance == whole
    proven(small_shop)
    live(small_shop, clock, pair, after, bought)
    proven(small_shop)


@settings(STORIES, max_examples=4)
@given(st.data())
def test_three_cards_are_joined_one_into_the_next_and_part_again(
    small_shop: Shop, clock: FrozenClock, data: st.DataObject
) -> None:
    """A into B, then B into C; undone in that order backwards nothing is different."""
    cards = some(small_shop, 3)
    bought = live(small_shop, clock, cards, data.draw(st.lists(HAPPENS, max_size=9)))
    run_due(small_shop)
    before = [stands(small_shop, each) for each in cards]
    first = merge(small_shop, cards[1], cards[0])
    second = merge(small_shop, cards[2], cards[1])
    assert second.balance == sum(each["balance"] for each in before)
    proven(small_shop)
    if data.draw(st.booleans()):
        live(small_shop, clock, cards, data.draw(st.lists(HAPPENS, max_size=6)), bought)
        run_due(small_shop)
        proven(small_shop)
        whole = stands(small_shop, cards[2])["balance"]
        parted = part(small_shop, second.id)
        proven(small_shop)
        assert parted.keep_balance + parted.other_balance == whole
        again = part(small_shop, first.id)
        assert again.keep_balance + again.other_balance == parted.other_balance
        live(small_shop, clock, cards, data.draw(st.lists(HAPPENS, max_size=3)), bought)
    else:
        assert [part(small_shop, each.id).stayed for each in (second, first)] == [[], []]
        assert [stands(small_shop, each) for each in cards] == before
    proven(small_shop)


def test_a_refund_finds_its_points_through_two_merges(small_shop: Shop, clock: FrozenClock) -> None:
    cards = some(small_shop, 3)
    buy(small_shop, cards[1], "b1", line(10_000))
    clock.move(days=1)
    bought = buy(small_shop, cards[0], "a1", line(30_000))
    first = merge(small_shop, cards[1], cards[0])
    second = merge(small_shop, cards[2], cards[1])
    before = dump(small_shop)
    with pytest.raises(Refused) as caught:
        part(small_shop, first.id)
    assert caught.value.refusal.reason == "merge-under-another"
    assert caught.value.refusal.facts == {"id": first.id, "first": second.id}
    assert dump(small_shop) == before
    back = bring_back(small_shop, bought.id, "back", amount=15_000)
    assert (back.balance, back.debt) == (600 - 150 - 50, 0)
    assert [row[1] for row in stands(small_shop, cards[2])["lots"]] == [100, 100, 150, 50]
    proven(small_shop)
    part(small_shop, second.id)
    assert [balance_of(small_shop, each).active for each in cards] == [0, 400, 0]
    part(small_shop, first.id)
    assert [balance_of(small_shop, each).active for each in cards] == [200, 200, 0]
    assert merge(small_shop, cards[2], cards[0], "anew").balance == 200
    proven(small_shop)
