"""Rewards paid with points, on both databases: prices by tier, stock, limits, handing over, cancelling."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from core.db.counters import used
from core.db.rewards import reward_orders
from core.insight.coupons import coupon
from core.insight.ledger import entries
from core.insight.rewards import order
from core.rules.refusal import Fact, Refused
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.cancel_reward import CancelReward, RewardCancelled, cancel_reward
from core.services.rewards.hand_over_reward import HandedOver, HandOver, hand_over_reward
from core.services.rewards.redeem_coupon import CouponUse, redeem_coupon
from core.services.rewards.redeem_reward import RewardTaken, RewardWish, redeem_reward
from core.shop import Shop
from tests.club import SOURCE, give, publish
from tests.conftest import FrozenClock
from tests.shopping import balance_of, bring_back, buy, dump, enrol_one, line, proven


def take(shop: Shop, member_id: int, reward: str = "mug", key: str = "take", **more: Any) -> RewardTaken:
    wish = RewardWish(member=MemberRef(id=member_id), reward=reward, **more)
    return redeem_reward(shop, Caller("telegram:1", key), wish)


def hand_over(shop: Shop, code: str, key: str = "hand over") -> HandedOver:
    return hand_over_reward(shop, Caller("till:1", key), HandOver(code=code))


def cancel(shop: Shop, code: str, key: str = "cancel") -> RewardCancelled:
    return cancel_reward(shop, Caller("staff:bo", key), CancelReward(code=code))


def refused(shop: Shop, work: Any) -> tuple[str, dict[str, Fact]]:
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        work()
    assert dump(shop) == before
    return caught.value.refusal.reason, caught.value.refusal.facts


def member_with(shop: Shop, points: int, name: str = "Ann") -> int:
    member_id = enrol_one(shop, name)
    give(shop, member_id, points)
    return member_id


def test_a_reward_is_paid_explained_and_ordered(club: Shop) -> None:
    member_id = member_with(club, 150)
    taken = take(club, member_id)
    assert (taken.points, taken.money, taken.balance, taken.status) == (100, 0, 50, "open")
    assert taken.fetch_until == datetime.fromisoformat("2026-03-05T00:00:00+08:00")
    with club.read() as session:
        entry = entries(session, member_id).items[0]
        assert order(club, session, taken.code).status == "open"
        assert used(session) == {"reward:mug": 1}
    assert (entry.kind, entry.points, entry.rule) == ("redemption", -100, "reward:mug")
    assert entry.explanation["steps"] == [{"do": "pay_reward", "reward": "mug", "points": 100, "money": 0}]
    proven(club)


def test_done_once_however_often_tapped(club: Shop) -> None:
    member_id = member_with(club, 500)
    first = take(club, member_id)
    before = dump(club)
    assert take(club, member_id) == first
    assert dump(club) == before


def test_points_and_money(club: Shop) -> None:
    taken = take(club, member_with(club, 40), price=1)
    assert (taken.points, taken.money, taken.balance) == (40, 300, 0)


def test_gold_pays_less_and_may_take_more(club: Shop) -> None:
    member_id = enrol_one(club)
    buy(club, member_id, "R1", line(100_000, "food"))
    assert take(club, member_id).points == 80
    assert take(club, member_id, "crown", key="crown").points == 10


def test_the_tier_is_the_one_held_now(club: Shop, clock: FrozenClock) -> None:
    """A tier whose term is over, but which nothing has swept yet, neither opens doors nor lowers prices."""
    member_id = enrol_one(club)
    buy(club, member_id, "R1", line(100_000, "food"))
    clock.move(days=400)
    give(club, member_id, 100)
    assert refused(club, lambda: take(club, member_id, "crown"))[0] == "reward-not-for-tier"
    assert take(club, member_id).points == 100


def test_points_that_lapsed_do_not_pay(club: Shop, clock: FrozenClock) -> None:
    member_id = member_with(club, 100)
    clock.move(days=366)
    facts = {"needed": 100, "active": 0, "missing": 100}
    assert refused(club, lambda: take(club, member_id)) == ("points-short", facts)


@pytest.mark.parametrize(
    ("reward", "more", "reason", "facts"),
    [
        ("nothing", {}, "reward-unknown", {"reward": "nothing"}),
        ("crown", {}, "reward-not-for-tier", {"tier": "basic", "tiers": ["gold"]}),
        ("mug", {"price": 2}, "reward-no-such-price", {"price": 2, "prices": 2}),
        ("mug", {"points": 80}, "reward-price-changed", {"points": 100, "money": 0}),
        ("mug", {"price": 1, "points": 40, "money": 299}, "reward-price-changed", {"points": 40, "money": 300}),
        ("mug", {}, "points-short", {"needed": 100, "active": 99, "missing": 1}),
    ],
)
def test_taking_refused(club: Shop, reward: str, more: dict[str, Any], reason: str, facts: dict[str, Fact]) -> None:
    member_id = member_with(club, 99)
    assert refused(club, lambda: take(club, member_id, reward, **more)) == (reason, facts)


def test_an_unknown_member_takes_nothing(club: Shop) -> None:
    assert refused(club, lambda: take(club, 77)) == ("unknown-member", {"id": 77})


def test_a_member_may_take_two_mugs(club: Shop) -> None:
    member_id = member_with(club, 1_000)
    for number in range(2):
        take(club, member_id, key=f"take:{number}")
    assert refused(club, lambda: take(club, member_id)) == ("reward-limit", {"limit": 2})


def test_there_are_ten_mugs(club: Shop) -> None:
    for number in range(10):
        take(club, member_with(club, 100, f"M{number}"), key=f"take:{number}")
    late = member_with(club, 100, "late")
    assert refused(club, lambda: take(club, late)) == ("reward-out-of-stock", {"reward": "mug", "stock": 10})


def test_a_coupon_reward_gives_its_coupon_in_the_same_commit(club: Shop) -> None:
    member_id = member_with(club, 50)
    taken = take(club, member_id, "voucher")
    assert taken.status == "handed_over"
    assert taken.coupon_code is not None
    with club.read() as session:
        given = coupon(club, session, taken.coupon_code, member_id)
    assert (given.template, given.source, given.status) == ("three", "reward:voucher", "issued")


def test_a_coupon_that_cannot_be_issued_costs_nothing(club: Shop) -> None:
    member_id = member_with(club, 50)
    take(club, member_id, "rare-voucher")
    facts: dict[str, Fact] = {"limit": 1}
    assert refused(club, lambda: take(club, member_id, "rare-voucher", "k")) == ("coupon-limit-per-member", facts)


def test_handing_over_happens_once(club: Shop) -> None:
    member_id = member_with(club, 40)
    code = take(club, member_id, price=1).code
    assert hand_over(club, code) == HandedOver(code=code, member_id=member_id, reward="mug", money=300)
    assert refused(club, lambda: hand_over(club, code, "again")) == ("order-handed-over", {"code": code})
    assert refused(club, lambda: cancel(club, code)) == ("order-handed-over", {"code": code})
    assert refused(club, lambda: hand_over(club, "NOPE", "unknown")) == ("order-unknown", {"code": "NOPE"})


def test_what_was_not_fetched_in_time_is_cancelled_not_handed_over(club: Shop, clock: FrozenClock) -> None:
    member_id = member_with(club, 100)
    taken = take(club, member_id)
    clock.set(taken.fetch_until)
    with club.read() as session:
        assert order(club, session, taken.code).status == "lapsed"
    facts = {"code": taken.code, "fetch_until": taken.fetch_until.astimezone(UTC).isoformat()}
    assert refused(club, lambda: hand_over(club, taken.code)) == ("order-lapsed", facts)
    assert cancel(club, taken.code).balance == 100


def test_cancelling_gives_points_back_to_their_lots(club: Shop, clock: FrozenClock) -> None:
    member_id = member_with(club, 70)
    clock.move(days=30)
    give(club, member_id, 70)
    before = balance_of(club, member_id).expiring
    code = take(club, member_id).code
    assert [each.points for each in balance_of(club, member_id).expiring] == [40]
    cancelled = cancel(club, code)
    assert (cancelled.points, cancelled.balance) == (100, 140)
    assert balance_of(club, member_id).expiring == before
    with club.read() as session:
        assert used(session) == {"reward:mug": 0}
        back = entries(session, member_id).items[0]
        assert session.execute(select(reward_orders.c.status)).scalar_one() == "cancelled"
    assert (back.kind, back.points, back.rule) == ("reversal", 100, "reward:mug")
    assert refused(club, lambda: cancel(club, code, "again")) == ("order-cancelled", {"code": code})
    assert refused(club, lambda: hand_over(club, code)) == ("order-cancelled", {"code": code})
    proven(club)


def test_points_of_a_lot_that_is_over_lapse_again_at_once(club: Shop, clock: FrozenClock) -> None:
    member_id = member_with(club, 100)
    clock.move(days=365)
    code = take(club, member_id).code
    clock.move(days=2)
    assert cancel(club, code).balance == 0
    with club.read() as session:
        assert [(each.kind, each.points) for each in entries(session, member_id).items[:2]] == [
            ("expiry", -100),
            ("reversal", 100),
        ]
    proven(club)


def test_cancelling_a_coupon_reward_voids_the_coupon(club: Shop) -> None:
    member_id = member_with(club, 50)
    taken = take(club, member_id, "rare-voucher")
    assert cancel(club, taken.code).balance == 50
    with club.read() as session:
        assert coupon(club, session, taken.coupon_code or "").status == "void"
        assert used(session) == {"coupon:ten": 0}
    assert take(club, member_id, "rare-voucher", "again").balance == 40  # a void coupon counts against no limit


def test_a_used_coupon_is_not_bought_back(club: Shop) -> None:
    taken = take(club, member_with(club, 50), "voucher")
    assert taken.coupon_code is not None
    use = CouponUse(code=taken.coupon_code, external_id="R1", lines=[line(1_000, "food")])
    redeem_coupon(club, Caller("till:1", "use"), use)
    assert refused(club, lambda: cancel(club, taken.code)) == ("coupon-used", {"code": taken.coupon_code})
    assert refused(club, lambda: cancel(club, "NOPE", "unknown")) == ("order-unknown", {"code": "NOPE"})


def test_an_order_outlives_its_reward(club: Shop, clock: FrozenClock) -> None:
    member_id = member_with(club, 100)
    code = take(club, member_id).code
    clock.move(hours=1)
    publish(club, SOURCE.replace('id = "mug"', 'id = "bowl"'))
    with club.read() as session:
        assert order(club, session, code).name == {"en": "Mug", "zh-Hans": "杯子"}
    assert cancel(club, code).balance == 100


def test_the_books_stay_right_when_what_paid_is_brought_back(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    bought = buy(club, member_id, "R1", line(10_000, "food"))
    code = take(club, member_id).code
    clock.move(hours=1)
    assert bring_back(club, bought.id, "B1", amount=10_000).debt == 100
    proven(club)
    clock.move(hours=1)
    cancel(club, code)
    proven(club)
    after = balance_of(club, member_id)
    assert after.active - after.debt == 0
    clock.move(days=1)
    give(club, member_id, 30)
    proven(club)


def test_only_what_was_counted_is_given_back_to_the_stock(club: Shop, clock: FrozenClock) -> None:
    ann, bob = member_with(club, 1_000), member_with(club, 1_000, "Bob")
    clock.move(minutes=1)
    publish(club, SOURCE.replace("stock = 10\n", ""))
    uncounted = take(club, ann, key="while nobody counted")
    clock.move(minutes=1)
    publish(club, SOURCE + "\n")
    take(club, bob, key="counted")
    cancel(club, uncounted.code)
    with club.read() as session:
        assert used(session) == {"reward:mug": 1}
