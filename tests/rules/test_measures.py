"""How much of a purchase counts towards a tier, reckoned by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import Program
from core.program.tiering import Measure
from core.rules.earning import Line
from core.rules.measures import qualifying
from core.rules.reversal import Refunded, add
from tests.rules.small import PROGRAM
from tests.rules.stores import CAMPUS, STORE


def line(number: int, category: str, amount: int, quantity: int = 1, sku: str | None = None) -> Line:
    return Line(number, sku or f"sku-{number}", category, quantity, amount, amount)


def measured(**measure: Any) -> Program:
    tiering = STORE.tiering.model_copy(update={"measures": [Measure.model_validate({"id": "counted", **measure})]})
    return STORE.model_copy(update={"tiering": tiering})


SHOES, RICE = line(1, "department/shoes", 80_000), line(2, "supermarket", 4000)


def test_without_measures_all_spending_counts() -> None:
    assert qualifying(PROGRAM, [SHOES, RICE], {}) == (84_000, {})
    assert qualifying(PROGRAM, [SHOES, RICE], {}, Refunded({2: 1}, 500)) == (79_500, {})
    assert qualifying(PROGRAM, [SHOES, RICE], {}, Refunded({1: 1, 2: 1})) == (0, {})


def test_only_the_measures_categories_count() -> None:
    assert qualifying(STORE, [SHOES, RICE], {}) == (80_000, {})
    assert qualifying(STORE, [line(1, "department", 100), line(2, "dining", 100), line(3, "appliances", 9)], {}) == (
        100,
        {},
    )
    assert qualifying(STORE, [line(1, "department-gifts", 100)], {}) == (0, {})


def test_three_of_one_item_do_not_count() -> None:
    assert qualifying(STORE, [line(1, "department", 100, 2)], {}) == (200, {})
    assert qualifying(STORE, [line(1, "department", 100, 3)], {}) == (0, {})
    assert qualifying(STORE, [line(1, "department", 100, 3), line(2, "department", 50, 2)], {}) == (100, {})


def test_one_item_on_several_lines_is_one_item() -> None:
    spread = [line(1, "department", 100, 2, "sock"), line(2, "department", 90, 1, "sock"), line(3, "department", 7)]
    assert qualifying(STORE, spread, {}) == (7, {})
    assert qualifying(STORE, [spread[0], spread[2]], {}) == (207, {})


def test_a_bulk_purchase_stays_one_when_part_of_it_comes_back() -> None:
    assert qualifying(STORE, [line(1, "department", 100, 3), RICE], {}, Refunded({1: 1})) == (0, {})


def test_left_out_categories_and_paths_below_them() -> None:
    program = measured(except_categories=["department/gift-cards", "dining"])
    lines = [line(1, "department/gift-cards/blue", 1), line(2, "department/shoes", 20), line(3, "dining", 300)]
    assert qualifying(program, lines, {}) == (20, {})


def test_what_was_paid_in_another_way_counts_in_proportion() -> None:
    program = measured(categories=["department"], except_tenders=["gift-card", "points"])
    lines = [line(1, "department", 6000), line(2, "supermarket", 4000)]
    assert qualifying(program, lines, {"cash": 10_000}) == (6000, {})
    assert qualifying(program, lines, {"cash": 7500, "gift-card": 2500}) == (4500, {})
    assert qualifying(program, lines, {"cash": 5000, "gift-card": 2500, "points": 2500}) == (3000, {})
    assert qualifying(program, lines, {"gift-card": 10_000}) == (0, {})
    assert qualifying(program, lines, {"gift-card": 12_000}) == (0, {})
    assert qualifying(program, [line(1, "department", 100)], {"gift-card": 33}) == (67, {})
    assert qualifying(program, [line(1, "department", 10), line(2, "supermarket", 20)], {"gift-card": 10}) == (6, {})


def test_what_comes_back_no_longer_counts() -> None:
    lines = [line(1, "department", 3000, 2), line(2, "supermarket", 4000)]
    assert qualifying(STORE, lines, {}, Refunded({1: 1})) == (3000, {})
    assert qualifying(STORE, lines, {}, Refunded({2: 1})) == (6000, {})
    assert qualifying(STORE, lines, {}, Refunded({1: 2})) == (0, {})
    assert qualifying(STORE, lines, {}, Refunded({}, 1000)) == (5400, {})
    assert qualifying(STORE, lines, {}, Refunded({1: 1}, 1000)) == (2400, {})
    assert qualifying(STORE, lines, {}, Refunded({1: 2}, 1000)) == (0, {})
    assert qualifying(STORE, lines, {}, Refunded({}, 10_000)) == (0, {})


def test_every_measure_is_taken() -> None:
    lines = [line(1, "denim/jeans", 9000), line(2, "books", 500), line(3, "digital", 20)]
    assert qualifying(CAMPUS, lines, {}) == (9020, {"elsewhere": 500})
    assert qualifying(CAMPUS, lines, {}, Refunded({2: 1})) == (9020, {"elsewhere": 0})
    assert qualifying(CAMPUS, lines, {}, Refunded({1: 1, 2: 1, 3: 1})) == (0, {"elsewhere": 0})


@pytest.mark.parametrize("lines", [[], [line(1, "department", 0)]])
def test_a_purchase_of_nothing_counts_nothing(lines: list[Line]) -> None:
    assert qualifying(STORE, lines, {}) == (0, {})


baskets = st.lists(
    st.tuples(st.sampled_from(["department", "dining"]), st.integers(0, 5000), st.integers(1, 4)),
    min_size=1,
    max_size=6,
)


def lines_of(basket: list[tuple[str, int, int]]) -> list[Line]:
    return [line(place, *each) for place, each in enumerate(basket, 1)]


@given(basket=baskets, gift_card=st.integers(0, 50_000), data=st.data())
def test_the_order_of_the_lines_does_not_matter(
    basket: list[tuple[str, int, int]], gift_card: int, data: st.DataObject
) -> None:
    program = measured(categories=["department"], bulk_from=3, except_tenders=["gift-card"])
    lines, tenders = lines_of(basket), {"gift-card": gift_card}
    shuffled = data.draw(st.permutations(lines))
    assert qualifying(program, shuffled, tenders) == qualifying(program, lines, tenders)


@given(basket=baskets, category=st.sampled_from(["department", "dining"]), amount=st.integers(0, 5000))
def test_another_item_never_makes_less_count(basket: list[tuple[str, int, int]], category: str, amount: int) -> None:
    lines = lines_of(basket)
    more = [*lines, line(len(lines) + 1, category, amount)]
    assert qualifying(STORE, more, {})[0] >= qualifying(STORE, lines, {})[0]


@given(basket=baskets, gift_card=st.integers(0, 20_000), data=st.data())
def test_a_further_refund_never_makes_more_count_and_none_less_than_nothing(
    basket: list[tuple[str, int, int]], gift_card: int, data: st.DataObject
) -> None:
    program = measured(categories=["department"], except_tenders=["gift-card"])
    lines, tenders = lines_of(basket), {"gift-card": gift_card}
    back = Refunded({each.number: data.draw(st.integers(0, each.quantity)) for each in lines})
    left = sum(each.amount for each in lines) - back.value(lines)
    further = add(back, Refunded({}, data.draw(st.integers(0, left))))
    kept = [qualifying(program, lines, tenders, each)[0] for each in (Refunded({}), back, further)]
    assert kept[0] >= kept[1] >= kept[2] >= 0


@given(basket=baskets, gift_card=st.integers(0, 60_000), by_amount=st.integers(0, 60_000))
def test_what_counts_is_the_exact_share_rounded_down(
    basket: list[tuple[str, int, int]], gift_card: int, by_amount: int
) -> None:
    program = measured(categories=["department"], except_tenders=["gift-card"])
    lines = lines_of(basket)
    total = sum(each.amount for each in lines)
    counted = sum(each.amount for each in lines if each.category == "department")
    if by_amount >= total:
        exact = Fraction(0)
    else:
        exact = Fraction(counted) * Fraction(total - by_amount, total) * Fraction(max(0, total - gift_card), total)
    assert qualifying(program, lines, {"gift-card": gift_card}, Refunded({}, by_amount)) == (int(exact), {})
