"""What the tier takes off, to the minor unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.program.loading import load_file
from core.rules.discounts import Off, discounts
from core.rules.earning import Line

PROGRAMS = Path(__file__).parent.parent.parent / "programs"
DEPARTMENT_STORE = load_file(PROGRAMS / "department-store.toml")
CAMPUS_CLUB = load_file(PROGRAMS / "campus-club.toml")


def line(number: int, category: str, price: int, regular: int | None = None, quantity: int = 1) -> Line:
    return Line(number, "sku", category, quantity, price, price if regular is None else regular)


BASKET = (
    line(1, "department/shoes", 10_010, quantity=2),
    line(2, "department/shoes", 8_000, 9_000),  # reduced already
    line(3, "supermarket", 5_000),
    line(4, "appliances", 300_000),
    line(5, "dining", 199),
    line(6, "department", 999),
    line(7, "dining", 0),
)


@pytest.mark.parametrize(
    ("tier", "goods", "dining"),
    [
        ("none", None, None),
        ("vip", None, 500),
        ("silver", 500, 1000),
        ("platinum", 1000, 1000),
        ("diamond", 1500, 1000),
    ],
)
def test_cards_take_off_regular_price_goods_and_dining(tier: str, goods: int | None, dining: int | None) -> None:
    expected = []
    if goods:
        expected.append(Off("goods", goods, (1, 6), 21_019, {500: 1_050, 1000: 2_101, 1500: 3_152}[goods]))
    if dining:
        expected.append(Off("dining", dining, (5,), 199, {500: 9, 1000: 19}[dining]))
    assert discounts(DEPARTMENT_STORE, tier, BASKET) == expected


def test_the_club_takes_ten_percent_off_in_the_zones_and_five_off_what_is_reduced() -> None:
    lines = (line(1, "denim/jeans", 20_000), line(2, "sports", 9_000, 12_000), line(3, "books", 5_000),
             line(4, "books", 4_000, 5_000))  # fmt: skip
    assert discounts(CAMPUS_CLUB, "member", lines) == [
        Off("zones", 1000, (1,), 20_000, 2_000),
        Off("zones-reduced", 500, (2,), 9_000, 450),
    ]
    assert discounts(CAMPUS_CLUB, "none", lines) == []


def test_a_line_gets_the_one_discount_that_takes_off_most() -> None:
    first, second = CAMPUS_CLUB.discounts
    better = second.model_copy(update={"prices": "any", "tier_percents": {"member": 2_000}})
    lines = (line(1, "denim", 1_000),)
    both = CAMPUS_CLUB.model_copy(update={"discounts": [first, better]})
    assert discounts(both, "member", lines) == [Off("zones-reduced", 2_000, (1,), 1_000, 200)]
    same = better.model_copy(update={"tier_percents": {"member": 1_000}})
    equal = CAMPUS_CLUB.model_copy(update={"discounts": [first, same]})
    assert discounts(equal, "member", lines) == [Off("zones", 1_000, (1,), 1_000, 100)]


def test_categories_left_out_are_left_out() -> None:
    goods = DEPARTMENT_STORE.discounts[0].model_copy(update={"except_categories": ["department/gold"]})
    program = DEPARTMENT_STORE.model_copy(update={"discounts": [goods]})
    lines = (line(1, "department/gold/rings", 1_000), line(2, "department/goldfish", 1_000))
    assert discounts(program, "silver", lines) == [Off("goods", 500, (2,), 1_000, 50)]


def test_a_discount_on_any_price_takes_the_regular_and_the_reduced() -> None:
    goods = DEPARTMENT_STORE.discounts[0].model_copy(update={"prices": "any"})
    program = DEPARTMENT_STORE.model_copy(update={"discounts": [goods]})
    lines = (line(1, "department", 1_000), line(2, "department", 1_000, 2_000))
    assert discounts(program, "silver", lines) == [Off("goods", 500, (1, 2), 2_000, 100)]
