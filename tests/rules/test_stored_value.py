"""What topping up brings, which money pays, and what goes back: worked out by hand, then held to by any numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.stored_value import StoredValue
from core.rules.expiry import NEVER
from core.rules.lots import Lot, Take
from core.rules.refusal import Refusal
from core.rules.stored_value import (
    AT_ONCE,
    Held,
    Money,
    allowed,
    bonus_for,
    bonus_lapses_at,
    bonus_to_withdraw,
    give_back,
    pay,
)
from tests.rules.small import PROGRAM

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TERMS = StoredValue.model_validate(
    {
        "least": 1_000,
        "most": 200_000,
        "most_held": 300_000,
        "bonuses": [{"from": 10_000, "gives": 1_000}, {"from": 50_000, "percent": 1_333}],
        "bonus_months": 12,
    }
)


def lot(number: int, remaining: int, days: int | None = None) -> Lot:
    return Lot(number, remaining, AT_ONCE, NEVER if days is None else NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("amount", "bonus"),
    [(0, 0), (9_999, 0), (10_000, 1_000), (49_999, 1_000), (50_000, 6_665), (50_003, 6_665), (50_008, 6_666)],
)
def test_the_highest_step_reached_alone_counts_and_a_share_is_rounded_down(amount: int, bonus: int) -> None:
    assert bonus_for(TERMS, amount) == bonus


def test_a_step_from_nothing_on_gives_nothing_for_nothing() -> None:
    assert bonus_for(StoredValue.model_validate({"bonuses": [{"from": 0, "gives": 5}]}), 0) == 0


def test_a_bonus_is_good_to_the_end_of_its_last_day() -> None:
    at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    zone = PROGRAM.program.zone
    assert bonus_lapses_at(PROGRAM, TERMS, at) == datetime(2027, 2, 1, tzinfo=zone).astimezone(UTC)
    assert bonus_lapses_at(PROGRAM, StoredValue(), at) == NEVER


@pytest.mark.parametrize(
    ("amount", "balance", "refusal"),
    [
        (1_000, 0, None),
        (999, 0, Refusal("top-up-below-least", {"amount": 999, "least": 1_000})),
        (200_000, 0, None),
        (200_001, 0, Refusal("top-up-above-most", {"amount": 200_001, "most": 200_000})),
        (10_000, 289_000, None),
        (10_000, 289_001, Refusal("stored-value-above-most", {"balance": 289_001, "after": 300_001, "most": 300_000})),
    ],
)
def test_the_limits_of_a_top_up(amount: int, balance: int, refusal: Refusal | None) -> None:
    assert allowed(TERMS, amount, balance) == refusal


def test_one_money_pays_before_the_other_and_what_lapses_first_before_the_rest() -> None:
    held = Held((lot(1, 50), lot(4, 30)), (lot(2, 9, days=9), lot(3, 7, days=3), lot(5, 8, days=0)))
    assert pay(held, 90, "paid_in", NOW) == [Take(1, 50), Take(4, 30), Take(3, 7), Take(2, 3)]
    assert pay(held, 20, "bonus", NOW) == [Take(3, 7), Take(2, 9), Take(1, 4)]
    assert pay(held, 97, "bonus", NOW) == Refusal("stored-value-short", {"needed": 97, "balance": 96, "missing": 1})


def test_what_was_taken_last_comes_back_first() -> None:
    taken = [Take(1, 50), Take(3, 7), Take(2, 3)]
    assert give_back(taken, 9) == [Take(2, -3), Take(3, -6)]
    assert give_back(taken, 61) == Refusal("refund-above-payment", {"asked": 61, "left": 60})


def test_the_bonus_that_stays_is_that_of_topping_up_what_stays() -> None:
    assert bonus_to_withdraw(TERMS, 50_000, 1, 0, 6_665) == 5_665
    assert bonus_to_withdraw(TERMS, 50_000, 40_000, 5_665, 1_000) == 0
    assert bonus_to_withdraw(TERMS, 50_000, 40_001, 5_665, 1_000) == 1_000
    assert bonus_to_withdraw(TERMS, 50_000, 50_000, 0, 400) == 400  # the rest of it is spent


amounts = st.integers(0, 60_000)
lots = st.lists(st.tuples(amounts, st.integers(-1, 4)), max_size=6)


@given(paid_in=lots, bonus=lots, amount=st.integers(1, 200_000), first=st.sampled_from(["paid_in", "bonus"]))
def test_paying_takes_exactly_the_amount_and_the_second_money_only_after_the_first(
    paid_in: list[tuple[int, int]], bonus: list[tuple[int, int]], amount: int, first: Money
) -> None:
    held = Held(
        tuple(lot(number, each) for number, (each, _) in enumerate(paid_in)),
        tuple(lot(100 + number, each, days) for number, (each, days) in enumerate(bonus)),
    )
    there = {each.id: each.remaining for each in (*held.paid_in, *held.bonus) if each.expires_at > NOW}
    takes = pay(held, amount, first, NOW)
    if isinstance(takes, Refusal):
        assert takes.facts["missing"] == amount - sum(there.values()) > 0
        return
    assert sum(take.points for take in takes) == amount
    assert all(0 < take.points <= there[take.lot_id] for take in takes)
    of_second = [take for take in takes if (take.lot_id >= 100) == (first == "paid_in")]
    if of_second:
        taken = sum(take.points for take in takes) - sum(take.points for take in of_second)
        assert taken == sum(left for number, left in there.items() if (number >= 100) == (first == "bonus"))


@given(held=st.lists(st.integers(1, 500), max_size=6), parts=st.lists(st.integers(1, 400), max_size=6))
def test_refunds_in_any_parts_are_one_refund_and_a_smaller_payment(held: list[int], parts: list[int]) -> None:
    taken = [Take(number, amount) for number, amount in enumerate(held)]
    left = {take.lot_id: take.points for take in taken}
    back = 0
    for part in parts:
        takes = give_back([Take(number, amount) for number, amount in left.items() if amount], part)
        if isinstance(takes, Refusal):
            assert takes.facts["left"] == sum(left.values()) < part
            continue
        back += part
        for take in takes:
            left[take.lot_id] += take.points
    at_once = give_back(taken, back)
    assert not isinstance(at_once, Refusal)
    assert left == {
        take.lot_id: take.points + sum(b.points for b in at_once if b.lot_id == take.lot_id) for take in taken
    }
    smaller = pay(Held(tuple(lot(take.lot_id, take.points) for take in taken)), sum(held) - back, "paid_in", NOW)
    assert smaller == [Take(number, amount) for number, amount in left.items() if amount]


@given(
    amount=st.integers(1, 120_000),
    parts=st.lists(st.integers(1, 60_000), min_size=1, max_size=6),
    spent=st.integers(0, 20_000),
)
def test_taking_back_in_any_parts_withdraws_what_taking_it_at_once_does(
    amount: int, parts: list[int], spent: int
) -> None:
    bonus = bonus_for(TERMS, amount)
    there = left = max(0, bonus - spent)
    gone = withdrawn = 0
    for part in parts:
        gone = min(amount, gone + part)
        now = bonus_to_withdraw(TERMS, amount, gone, withdrawn, left)
        assert 0 <= now <= left
        withdrawn, left = withdrawn + now, left - now
    assert withdrawn == bonus_to_withdraw(TERMS, amount, gone, 0, there)
    if gone == amount:
        assert left == 0  # topped up and taken back is nothing
    if not spent:
        assert left == bonus_for(TERMS, amount - gone)


def test_without_limits_there_are_none() -> None:
    assert allowed(StoredValue(), 10**9, 10**9) is None
    assert allowed(StoredValue(), 1, 0) is None


def test_exactly_everything_can_be_paid_and_come_back() -> None:
    held = Held((lot(1, 50),), (lot(2, 9),))
    assert pay(held, 59, "bonus", NOW) == [Take(2, 9), Take(1, 50)]
    assert pay(held, 50, "paid_in", NOW) == [Take(1, 50)]
    assert give_back([Take(2, 9), Take(1, 50)], 59) == [Take(1, -50), Take(2, -9)]
    assert give_back([], 1) == Refusal("refund-above-payment", {"asked": 1, "left": 0})
