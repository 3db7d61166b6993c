"""The catalogue as a member sees it, on both databases."""

from __future__ import annotations

import pytest

from core.insight.rewards import RewardView, catalogue, order, orders, reward
from core.rules.refusal import Refused
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.hand_over_reward import HandOver, hand_over_reward
from core.services.rewards.redeem_reward import RewardTaken, RewardWish, redeem_reward
from core.shop import Shop
from tests.club import give
from tests.conftest import FrozenClock
from tests.shopping import buy, enrol_one, line


def shelf(shop: Shop, member_id: int) -> dict[str, RewardView]:
    with shop.read() as session:
        return {view.id: view for view in catalogue(shop, session, member_id)}


def take(shop: Shop, member_id: int, reward_id: str, key: str = "take") -> RewardTaken:
    wish = RewardWish(member=MemberRef(id=member_id), reward=reward_id)
    return redeem_reward(shop, Caller("telegram:1", f"{key}:{member_id}"), wish)


def test_what_is_within_reach_comes_first(club: Shop) -> None:
    member_id = enrol_one(club)
    give(club, member_id, 35)
    seen = shelf(club, member_id)
    assert list(seen) == ["rare-voucher", "mug", "voucher", "crown"]
    assert {each.id: (each.available, each.affordable, each.missing_points) for each in seen.values()} == {
        "rare-voucher": (True, True, 0),
        "mug": (True, False, 5),
        "voucher": (True, False, 15),
        "crown": (False, True, 0),
    }
    assert [price.model_dump() for price in seen["mug"].prices] == [
        {"points": 100, "money": 0, "affordable": False, "missing_points": 65},
        {"points": 40, "money": 300, "affordable": False, "missing_points": 5},
    ]
    assert (seen["crown"].allowed, seen["crown"].tiers) == (False, ["gold"])
    assert (seen["mug"].stock_left, seen["mug"].left_for_member, seen["mug"].claim_days) == (10, 2, 3)
    assert (seen["voucher"].stock_left, seen["voucher"].left_for_member) == (None, None)
    assert seen["voucher"].coupon is not None
    assert seen["voucher"].coupon.template == "three"


def test_prices_are_those_of_the_tier(club: Shop) -> None:
    member_id = enrol_one(club)
    buy(club, member_id, "R1", line(100_000, "food"))
    with club.read() as session:
        mug = reward(club, session, member_id, "mug")
    assert [(price.points, price.affordable) for price in mug.prices] == [(80, True)]
    assert shelf(club, member_id)["crown"].available


def test_stock_and_limits_count_down(club: Shop) -> None:
    ann = enrol_one(club)
    give(club, ann, 1_000)
    take(club, ann, "mug", "first")
    take(club, ann, "mug", "second")
    mug = shelf(club, ann)["mug"]
    assert (mug.stock_left, mug.left_for_member, mug.available) == (8, 0, False)
    assert shelf(club, enrol_one(club, "Bob"))["mug"].left_for_member == 2


def test_orders_newest_first_with_what_became_of_them(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    give(club, member_id, 1_000)
    first, second = take(club, member_id, "mug", "a"), take(club, member_id, "mug", "b")
    voucher = take(club, member_id, "voucher")
    hand_over_reward(club, Caller("till:1", "hand over"), HandOver(code=first.code))
    clock.set(second.fetch_until)
    with club.read() as session:
        mine = orders(club, session, member_id)
        assert [(each.code, each.status, each.coupon_code) for each in mine] == [
            (voucher.code, "handed_over", voucher.coupon_code),
            (second.code, "lapsed", None),
            (first.code, "handed_over", None),
        ]
        assert order(club, session, first.code) == mine[2]
        assert mine[2].name == {"en": "Mug", "zh-Hans": "杯子"}
        assert orders(club, session, 77) == []


def test_unknown_things_are_refused(club: Shop) -> None:
    member_id = enrol_one(club)
    with club.read() as session:
        with pytest.raises(Refused, match="unknown-member"):
            catalogue(club, session, 77)
        with pytest.raises(Refused, match="reward-unknown"):
            reward(club, session, member_id, "nothing")
        with pytest.raises(Refused, match="order-unknown"):
            order(club, session, "NOPE")
