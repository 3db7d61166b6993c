"""S7 through the tills: a students' club, reckoned by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.rules.refusal import Refused
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from tests.rules.stores import shanghai
from tests.services.stores import Store
from tests.services.stores import opened as opened
from tests.shopping import balance_of, bring_back, dump, enrol_one, line, proven


@pytest.fixture
def club(opened: Callable[[str], Store]) -> Store:
    return opened("campus-club")


@pytest.fixture
def mei(club: Store) -> int:
    return enrol_one(club.shop, "Mei")


def test_the_card_comes_with_a_hundred_in_the_zones_in_one_day(club: Store, mei: int) -> None:
    assert club.buys(mei, "a", shanghai(2026, 9, 1, 23), 99, "sports").tier == "none"
    assert club.buys(mei, "b", shanghai(2026, 9, 2, 9), 60, "casual/shirts").tier == "none"
    joined = club.buys(mei, "c", shanghai(2026, 9, 2, 10), 40, "digital")
    assert (joined.tier, joined.balance) == ("member", 0)
    after = club.buys(mei, "d", shanghai(2026, 9, 2, 11), 25, "garden")
    assert (after.tier, after.balance) == ("member", 25)
    proven(club.shop)


def test_or_with_two_hundred_elsewhere(club: Store, mei: int) -> None:
    mixed = [line(99_99, "denim", sku="jeans"), line(199_99, "garden", sku="bulbs")]
    assert club.basket(mei, "a", shanghai(2026, 9, 1, 9), *mixed).tier == "none"
    assert club.buys(mei, "b", shanghai(2026, 9, 2, 9), 199, "garden").tier == "none"
    assert club.buys(mei, "c", shanghai(2026, 9, 2, 10), 1, "toys").tier == "member"
    proven(club.shop)


def test_the_goods_that_brought_the_card_take_it_back(club: Store, mei: int) -> None:
    joined = club.buys(mei, "a", shanghai(2026, 9, 1, 9), 200, "garden")
    club.buys(mei, "b", shanghai(2026, 9, 1, 10), 300, "sports")
    club.clock.set(shanghai(2026, 9, 3))
    returned = bring_back(club.shop, joined.id, "r", {"a": 1})
    assert (returned.tier, returned.balance) == ("none", 300)
    proven(club.shop)


def test_points_and_card_stay(club: Store, mei: int) -> None:
    club.buys(mei, "a", shanghai(2026, 9, 1, 9), 100, "stationery")
    earned = club.buys(mei, "b", shanghai(2026, 9, 1, 10), 80, "stationery")
    assert [entry.expires_at for entry in earned.entries] == [None]
    club.until(shanghai(2046, 9, 1))
    assert club.standing(mei).tier == "member"
    held = balance_of(club.shop, mei)
    assert (held.active, held.expiring) == (80, [])
    after = dump(club.shop)
    run_due(club.shop)
    assert dump(club.shop) == after


def test_rewards_are_for_the_club_only(club: Store, mei: int) -> None:
    wish = RewardWish(member=MemberRef(id=mei), reward="notebook")
    before = dump(club.shop)
    with pytest.raises(Refused) as refused:
        redeem_reward(club.shop, Caller("bot", "early"), wish)
    assert refused.value.refusal.reason == "reward-not-for-tier"
    assert dump(club.shop) == before
    club.buys(mei, "a", shanghai(2026, 9, 1, 9), 100, "sports")
    club.buys(mei, "b", shanghai(2026, 9, 1, 10), 120, "sports")
    assert redeem_reward(club.shop, Caller("bot", "now"), wish).balance == 20
    proven(club.shop)
