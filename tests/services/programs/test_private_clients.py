"""S8 through the tills: private clients, judged at the turn of the year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import permutations

import pytest

from core.insight.tier import moves
from tests.rules.stores import INSTANT, shanghai
from tests.services.stores import Store
from tests.services.stores import opened as opened
from tests.shopping import balance_of, bring_back, buy, enrol_one, line, proven

BONUS = 20_000
"""What a year above 200,000 brings at its end."""


@pytest.fixture
def house(opened: Callable[[str], Store]) -> Store:
    return opened("private-clients")


@pytest.fixture
def jin(house: Store) -> int:
    return enrol_one(house.shop, "Jin")


def turn(year: int) -> datetime:
    return shanghai(year, 1, 1)


def tier_at(house: Store, member: int, at: datetime) -> str:
    house.until(at)
    return house.standing(member).tier


def test_two_years_of_a_hundred_thousand_bring_the_tier_and_a_small_one_loses_it(house: Store, jin: int) -> None:
    house.buys(jin, "a", shanghai(2026, 5, 1), 100_000, "watches")
    assert tier_at(house, jin, turn(2027)) == "client"
    house.buys(jin, "b", shanghai(2027, 5, 1), 60_000, "beauty")
    house.buys(jin, "c", shanghai(2027, 12, 31, 23, 59), 40_000, "hotel")
    assert tier_at(house, jin, turn(2028) - INSTANT) == "client"
    assert tier_at(house, jin, turn(2028)) == "private"
    stood = house.standing(jin)
    assert stood.until == turn(2029)
    assert stood.keep is not None
    assert (stood.keep.spend, stood.keep.by) == (5_000_000, turn(2029))
    house.buys(jin, "d", shanghai(2028, 5, 1), 50_000, "fashion")
    assert tier_at(house, jin, turn(2029)) == "private"
    house.buys(jin, "e", shanghai(2029, 5, 1), 49_999, "fashion")
    assert tier_at(house, jin, turn(2030) - INSTANT) == "private"
    assert tier_at(house, jin, turn(2030)) == "client"
    held = balance_of(house.shop, jin)
    assert (held.active, held.expiring) == (299_999, [])
    proven(house.shop)


def test_one_year_above_two_hundred_thousand_brings_tier_and_points(house: Store, jin: int) -> None:
    house.buys(jin, "a", shanghai(2026, 5, 1), 200_000, "watches")
    assert tier_at(house, jin, turn(2027)) == "client"
    assert balance_of(house.shop, jin).active == 200_000
    house.buys(jin, "b", shanghai(2028, 2, 29), 200_001, "watches")
    assert tier_at(house, jin, turn(2029)) == "private"
    assert balance_of(house.shop, jin).active == 400_001 + BONUS
    with house.shop.read() as session:
        (move,) = moves(session, jin)
    assert (move.effective_at, move.until) == (turn(2029), turn(2030))
    assert (move.reason["do"], move.reason["spend"]) == ("met", 20_000_100)
    proven(house.shop)


def test_years_that_nobody_swept_are_judged_all_the_same(house: Store, jin: int) -> None:
    house.buys(jin, "a", shanghai(2026, 5, 1), 250_000, "watches")
    house.buys(jin, "b", shanghai(2028, 4, 20), 10, "beauty")  # who stays away for longer is closed
    result = house.buys(jin, "c", shanghai(2029, 5, 1), 10, "beauty")
    assert (result.tier, result.balance) == ("client", 250_020 + BONUS)
    with house.shop.read() as session:
        assert [(each.to_tier, each.effective_at) for each in moves(session, jin)] == [
            ("client", turn(2028)),
            ("private", turn(2027)),
        ]
    proven(house.shop)


def test_a_refund_after_the_turn_takes_the_tier_and_the_bonus_back(house: Store, jin: int) -> None:
    bought = house.buys(jin, "a", shanghai(2026, 5, 1), 200_001, "watches")
    assert tier_at(house, jin, turn(2027)) == "private"
    house.clock.set(shanghai(2027, 1, 10))
    returned = bring_back(house.shop, bought.id, "r", amount=100)
    assert (returned.tier, returned.balance) == ("client", 200_000)
    proven(house.shop)


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_any_order_of_arrival_ends_in_the_same_place(house: Store, arrival: tuple[int, ...]) -> None:
    bought = [(shanghai(2026, 12, 31, 23), 150_000), (shanghai(2027, 1, 1), 99_999), (shanghai(2027, 12, 31, 23), 1)]
    house.until(shanghai(2028, 2, 1))
    ann = enrol_one(house.shop, "Ann", joined_at=turn(2026))
    for place in arrival:
        at, yuan = bought[place]
        buy(house.shop, ann, f"b{place}", line(yuan * 100, "watches"), at=at)
    stood = house.standing(ann)
    assert (stood.tier, stood.until) == ("private", turn(2029))
    assert balance_of(house.shop, ann).active == 250_000
    proven(house.shop)
