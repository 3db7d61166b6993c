"""The money on cards that are one person's comes together, is corrected, and parts again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from core.db.stored_value import accounts, lots
from core.insight.stored_value import movements
from core.rules.refusal import Refused
from core.services.books.audit import audit
from core.services.books.run_due import run_due
from core.shop import Shop
from core.words import explain_movement, movement_name
from core.words.texts import LANGUAGES
from tests.club import publish
from tests.conftest import FrozenClock
from tests.merging import merge, part, some
from tests.shopping import STORIES, dump, proven
from tests.stored_value import PREPAID, gets_back, moved, pays, purse, takes_back, tops_up

Acts = Sequence[tuple[str, int, int]]
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # arithmetic, the same on both
YEAR_LATER = datetime(2027, 3, 2, 16, tzinfo=UTC)  # the bonus of 2 March 2026 is good to the end of 2 March 2027


@pytest.fixture
def prepaid(bare_shop: Shop) -> Shop:
    publish(bare_shop, PREPAID)
    return bare_shop


def held(shop: Shop, *members: int) -> list[object]:
    """Accounts and open lots: all that a merge undone must leave as it was."""
    with shop.read() as session:
        rows = session.execute(select(accounts).where(accounts.c.member_id.in_(members)).order_by(accounts.c.member_id))
        left = select(lots).where(lots.c.member_id.in_(members), lots.c.remaining > 0).order_by(lots.c.id)
        kept = [(row.member_id, row.paid_in, row.bonus) for row in rows if row.paid_in or row.bonus]
        return [*kept, *(tuple(row) for row in session.execute(left))]


def test_money_comes_together_and_parts_again(prepaid: Shop, clock: FrozenClock) -> None:
    ann, old = some(prepaid, 2)
    tops_up(prepaid, ann, "T0", 1_000)
    tops_up(prepaid, old, "T1", 10_000)
    before = held(prepaid, old)
    merged = merge(prepaid, ann, old)
    assert (purse(prepaid, ann), purse(prepaid, old)) == ((11_000, 1_000), (0, 0))
    assert moved(prepaid, ann)[1:] == [("adjustment", 10_000, 0), ("adjustment", 0, 1_000)]
    assert tops_up(prepaid, old, "T2", 1_000).member_id == ann
    paid = pays(prepaid, old, "R1", 13_000)
    assert (paid.member_id, gets_back(prepaid, paid.id, "B1", 13_000).left) == (ann, 0)
    proven(prepaid)
    parted = part(prepaid, merged.id)
    assert (parted.stored_value_returned, parted.stored_value_stayed) == (11_000, 0)
    assert (purse(prepaid, ann), purse(prepaid, old)) == ((2_000, 0), (10_000, 1_000))
    assert held(prepaid, old) == before
    proven(prepaid)
    clock.set(YEAR_LATER)
    assert (run_due(prepaid).stored_value, purse(prepaid, old)) == (1, (10_000, 0))
    with prepaid.reading() as (session, program):
        for each in [*movements(session, ann), *movements(session, old)]:
            for language in LANGUAGES:
                assert movement_name(program, each, language, strict=True)
                assert explain_movement(program, each, language, strict=True)
    proven(prepaid)


@ON_SQLITE
def test_what_happened_with_a_merged_card_is_corrected_where_the_money_is(prepaid: Shop, clock: FrozenClock) -> None:
    """A payment comes back to whom was kept; a top-up goes with its bonus out of the kept member's lots."""
    first, old, ann = some(prepaid, 3)
    done = tops_up(prepaid, first, "T1", 20_000)
    paid = pays(prepaid, first, "R1", 5_000)
    merges = [merge(prepaid, old, first), merge(prepaid, ann, old)]
    assert purse(prepaid, ann) == (15_000, 1_000)
    back = gets_back(prepaid, paid.id, "B1", 5_000)
    assert (back.left, back.stored_value.balance, purse(prepaid, ann)) == (0, 21_000, (20_000, 1_000))
    proven(prepaid)
    taken = takes_back(prepaid, done.id, "B2", 15_000)
    assert (taken.amount, taken.bonus, taken.left, purse(prepaid, ann)) == (15_000, 1_000, 5_000, (5_000, 0))
    before = dump(prepaid)
    with pytest.raises(Refused, match="take-back-above-left"):
        takes_back(prepaid, done.id, "B3", 5_001)
    assert dump(prepaid) == before
    proven(prepaid)
    assert [part(prepaid, each.id).stored_value_returned for each in reversed(merges)] == [5_000, 5_000]
    assert (takes_back(prepaid, done.id, "B4").amount, purse(prepaid, first)) == (5_000, (0, 0))
    proven(prepaid)


@ON_SQLITE
def test_a_bonus_spent_after_the_merge_goes_as_soon_as_it_comes_back(bare_shop: Shop) -> None:
    publish(bare_shop, f'{PREPAID}spend_first = "bonus"\n')
    ann, old = some(bare_shop, 2)
    done = tops_up(bare_shop, old, "T1", 10_000)
    merged = merge(bare_shop, ann, old)
    paid = pays(bare_shop, ann, "R1", 1_500)
    assert (takes_back(bare_shop, done.id, "B1").bonus, purse(bare_shop, ann)) == (0, (0, 0))
    assert (gets_back(bare_shop, paid.id, "B2", 1_500).bonus, purse(bare_shop, ann)) == (1_000, (500, 0))
    proven(bare_shop)
    parted = part(bare_shop, merged.id)
    assert (parted.stored_value_returned, parted.stored_value_stayed, purse(bare_shop, old)) == (500, 10_500, (500, 0))
    proven(bare_shop)


@ON_SQLITE
def test_the_audit_finds_money_on_a_merged_card(prepaid: Shop) -> None:
    ann, old = some(prepaid, 2)
    tops_up(prepaid, old, "T1", 1_000)
    merge(prepaid, ann, old)
    proven(prepaid)
    with prepaid.write() as session:
        session.execute(text(f"UPDATE stored_value_account SET paid_in = 7 WHERE member_id = {old}"))
    assert "merge" in {each.what for each in audit(prepaid).differences}


ACTS = st.tuples(st.sampled_from(["top_up", "pay", "refund", "take_back"]), st.integers(0, 5), st.integers(1, 60))
_numbers = count(1)


@ON_SQLITE
@settings(STORIES, max_examples=8)
@given(st.lists(ACTS, max_size=8), st.lists(ACTS, max_size=8), st.lists(ACTS, max_size=3))
def test_money_is_neither_made_nor_lost(prepaid: Shop, before: Acts, between: Acts, after: Acts) -> None:
    """Whatever happens while cards are one, the books hold; a merge undone at once was never there."""
    cards, done = some(prepaid, 3), Done()
    done.live(prepaid, cards, before)
    stood = held(prepaid, *cards)
    for key, story in (("at once", ()), ("later", between)):
        first, second = merge(prepaid, cards[1], cards[0], key), merge(prepaid, cards[2], cards[1], key)
        assert [purse(prepaid, each) for each in cards[:2]] == [(0, 0), (0, 0)]
        done.live(prepaid, cards, story)
        proven(prepaid)
        for merged in (second, first):
            part(prepaid, merged.id)
            proven(prepaid)
        assert key == "later" or held(prepaid, *cards) == stood
    done.live(prepaid, cards, after)
    proven(prepaid)


@dataclass
class Done:
    """Payments and top-ups, by id."""

    payments: list[int] = field(default_factory=list)
    top_ups: list[int] = field(default_factory=list)

    def live(self, shop: Shop, cards: Sequence[int], story: Acts) -> None:
        for act, who, size in story:
            member, number = cards[who % len(cards)], f"N{next(_numbers)}"
            with suppress(Refused):  # stored-value-short, refund-above-payment, take-back-above-left …
                if act == "top_up":
                    self.top_ups.append(tops_up(shop, member, number, size * 1_000).id)
                elif act == "pay":
                    self.payments.append(pays(shop, member, number, size * 700).id)
                elif act == "refund" and self.payments:
                    gets_back(shop, self.payments[who % len(self.payments)], number, size * 300)
                elif self.top_ups:
                    takes_back(shop, self.top_ups[who % len(self.top_ups)], number, size * 400)
