"""How far a member's goals are, as data and in words, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.insight.goals import GoalProgress, NextGift, goals_of
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from core.words.goals import goal_lines
from tests.club import give, publish
from tests.conftest import SMALL, FrozenClock
from tests.shopping import bring_back, buy, enrol_one, line

APRIL = datetime(2026, 4, 1, 4, tzinfo=UTC)  # midnight in New York
EVERY_KIND = """
[[goals]]
id = "basket"
name = { en = "A big basket", zh-Hans = "大单" }
of = "spend"
within = "purchase"
steps = [{ at = 10_000, points = 5, coupon = "ten-off" }]

[[goals]]
id = "visits"
name = { en = "Visits", zh-Hans = "到店" }
of = "purchases"
within = "day"
steps = [{ at = 1, points = 1 }]
"""


def seen(shop: Shop, member_id: int) -> dict[str, GoalProgress]:
    with shop.read() as session:
        return {each.id: each for each in goals_of(shop, session, member_id)}


def told(shop: Shop, member_id: int, language: str) -> list[list[str]]:
    with shop.reading() as (session, program):
        return [goal_lines(program, each, language, strict=True) for each in goals_of(shop, session, member_id)]


def test_what_the_spans_of_now_have_come_to(shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop)
    bought = buy(shop, ann, "a1", line(65_000))
    goals = seen(shop, ann)
    assert list(goals) == ["milestones", "monthly-cashback", "points-back"]
    milestones, cashback, rebate = goals.values()
    assert (milestones.total, milestones.period, milestones.until) == (650, "ever", None)
    assert (milestones.points, milestones.coupons, milestones.part) == (0, {}, None)
    assert milestones.next == NextGift(at=1_000, missing=350, points=100, coupons={})
    assert (cashback.total, cashback.period, cashback.until) == (65_000, "2026-03", APRIL)
    assert (cashback.points, cashback.coupons) == (0, {"cashback-5": 2})
    assert cashback.next == NextGift(at=90_000, missing=25_000, points=0, coupons={"cashback-5": 1})
    assert (rebate.total, rebate.period, rebate.until) == (0, "2026", datetime(2027, 1, 1, 5, tzinfo=UTC))
    assert rebate.next == NextGift(at=1_000, missing=1_000, points=50, coupons={})
    bring_back(shop, bought.id, "r1", amount=40_000)
    assert (seen(shop, ann)["monthly-cashback"].total, seen(shop, ann)["monthly-cashback"].coupons) == (25_000, {})
    clock.set(APRIL)
    assert (seen(shop, ann)["monthly-cashback"].period, seen(shop, ann)["monthly-cashback"].total) == ("2026-04", 0)


def test_what_grows_with_the_sum_and_what_is_all_reached(shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop)
    give(shop, ann, 9_000)
    for number in range(6):
        wish = RewardWish(member=MemberRef(id=ann), reward="voucher-5")
        redeem_reward(shop, Caller("till:1", f"v{number}"), wish)
        rebate = seen(shop, ann)["points-back"]
        if number == 1:
            assert (rebate.total, rebate.points, rebate.part) == (1_000, 50, "1/20")
            assert rebate.next == NextGift(at=3_000, missing=2_000, points=250, coupons={})
    assert (rebate.total, rebate.points, rebate.part, rebate.next) == (3_000, 300, "1/10", None)
    buy(shop, ann, "a1", line(95_000))
    cashback = seen(shop, ann)["monthly-cashback"]
    assert (cashback.total, cashback.coupons, cashback.next) == (95_000, {"cashback-5": 3}, None)
    assert told(shop, ann, "en") == [
        ["In all: 950 points earned", "50 points more by shopping: 100 points"],
        ["In the month 2026-03: $950.00 spent", "So far: $5 back (3 times)", "All of it is reached."],
        [
            "In the year 2026: 3,000 points paid for rewards",
            "So far: 300 points",
            "0.1 of all that is added comes back as points",
        ],
    ]
    assert told(shop, ann, "zh-Hans")[2][0] == "2026 年度：兑换用去 3,000 积分"


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_one_purchase_has_no_sum_before_it(bare_shop: Shop, language: str) -> None:
    publish(bare_shop, SMALL.read_text(encoding="utf-8") + EVERY_KIND)
    ann = enrol_one(bare_shop)
    before = told(bare_shop, ann, language)
    buy(bare_shop, ann, "a1", line(20_000))
    basket, visits = seen(bare_shop, ann).values()
    assert (basket.period, basket.total, basket.points, basket.coupons) == (None, 0, 0, {})
    assert basket.next == NextGift(at=10_000, missing=10_000, points=5, coupons={"ten-off": 1})
    assert (visits.total, visits.points, visits.next) == (1, 1, None)
    if language == "en":
        assert before == [
            ["In one purchase", "From CN¥100.00 on: 5 points, 10 off"],
            ["On Mar 2, 2026: 0 purchases", "1 purchase more: 1 point"],
        ]
