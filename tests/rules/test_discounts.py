"""What the tier takes off, to the minor unit."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.program.loading import load, load_file
from core.rules.discounts import Off, Special, discounts, specials
from core.rules.earning import Line
from tests.rules.stores import INSTANT, PROGRAMS, shanghai

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


CAP = """
[[member_prices]]
id = "cap"
name = { en = "Cap", zh-Hans = "帽" }
sku = "cap"
price = 3900
tiers = ["member"]
since = 2026-03-01T00:00:00+08:00
until = 2026-04-01T00:00:00+08:00

[[member_prices]]
id = "cheaper-cap"
name = { en = "Cap", zh-Hans = "帽" }
sku = "cap"
price = 3800
until = 2026-03-08T00:00:00+08:00
"""
MARCH_9 = shanghai(2026, 3, 9)
CLUB = load((PROGRAMS / "campus-club.toml").read_text(encoding="utf-8") + CAP, "club")


def cap(number: int, price: int, quantity: int = 1, category: str = "sports") -> Line:
    return Line(number, "cap", category, quantity, price, price)


def test_a_members_price_counts_where_it_takes_off_at_least_as_much_as_the_discount() -> None:
    at = shanghai(2026, 3, 9)
    lines = (cap(1, 4_500), cap(2, 4_333, 3), cap(3, 4_334, 2), cap(4, 3_900), cap(5, 4_000, category="books"),
             line(6, "sports", 4_500))  # fmt: skip
    assert specials(CLUB, "member", lines, at) == [Special("cap", 3_900, (1, 3, 5), 600 + 2 * 434 + 100)]
    rest = [each for each in lines if each.number in (2, 4, 6)]
    assert discounts(CLUB, "member", rest) == [Off("zones", 1000, (2, 4, 6), 12_999 + 3_900 + 4_500, 2_139)]
    assert specials(CLUB, "none", lines, at) == []


@pytest.mark.parametrize(
    ("at", "member", "guest"),
    [
        (shanghai(2026, 3, 1) - INSTANT, "cheaper-cap", "cheaper-cap"),
        (shanghai(2026, 3, 1), "cheaper-cap", "cheaper-cap"),
        (shanghai(2026, 3, 8) - INSTANT, "cheaper-cap", "cheaper-cap"),
        (shanghai(2026, 3, 8), "cap", None),
        (shanghai(2026, 4, 1) - INSTANT, "cap", None),
        (shanghai(2026, 4, 1), None, None),
    ],
)
def test_the_lowest_price_that_runs_is_that_of_the_tier(at: datetime, member: str | None, guest: str | None) -> None:
    for tier, wanted in (("member", member), ("none", guest)):
        found = specials(CLUB, tier, [cap(1, 9_900)], at)
        assert [each.member_price for each in found] == ([wanted] if wanted else [])


def test_a_members_price_that_is_the_price_takes_nothing_off() -> None:
    assert specials(CLUB, "member", [cap(1, 3_900, category="books")], shanghai(2026, 3, 9)) == []
    assert [each.member_price for each in specials(CLUB, "member", [cap(1, 3_901, category="books")], MARCH_9)] == [
        "cap"
    ]


@pytest.mark.parametrize(("price", "counts"), [(10_000, True), (10_001, False)])
def test_a_members_price_is_held_against_the_discount_before_rounding(price: int, counts: bool) -> None:
    tiny = CLUB.discounts[0].model_copy(update={"tier_percents": {"member": 1}})
    one_off = CLUB.member_prices[0].model_copy(update={"price": price - 1})
    program = CLUB.model_copy(update={"discounts": [tiny], "member_prices": [one_off]})
    assert bool(specials(program, "member", [cap(1, price)], MARCH_9)) is counts


def test_a_members_price_begins_with_its_first_moment() -> None:
    since = CLUB.model_copy(update={"member_prices": CLUB.member_prices[:1]})
    lines = [cap(1, 9_900)]
    assert specials(since, "member", lines, shanghai(2026, 3, 1) - INSTANT) == []
    assert [each.member_price for each in specials(since, "member", lines, shanghai(2026, 3, 1))] == ["cap"]
