"""A shop with goals, and what they brought a member there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from core.db.coupons import coupons
from core.db.ledger import entries
from core.insight.coupons import coupons as coupons_of
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.redeem_coupon import CouponUse, redeem_coupon
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.club import publish
from tests.conftest import FrozenClock
from tests.shopping import line

SMALL = (Path(__file__).parent.parent.parent / "small.toml").read_text(encoding="utf-8")
MORNING = datetime(2026, 3, 10, 0, tzinfo=UTC)  # 8 in Shanghai
MILESTONES = """
[[goals]]
id = "loyal"
name = { en = "A loyal customer", zh-Hans = "忠实顾客" }
of = "points_earned"
steps = [{ at = 500, points = 40, coupon = "ten-off" }, { at = 900, points = 60 }]
"""
CASHBACK = """
[[goals]]
id = "cashback"
name = { en = "Cashback", zh-Hans = "满额返" }
of = "spend"
within = "day"
steps = [{ at = 30_000, every = 30_000, times = 3, coupon = "ten-off" }]
"""
REBATE = """
[[goals]]
id = "rebate"
name = { en = "Points back", zh-Hans = "积分返还" }
of = "points_spent"
within = "month"
cap = 50
steps = [{ at = 300, part = "1/10" }]
"""


@pytest.fixture
def goals(bare_shop: Shop, clock: FrozenClock) -> Shop:
    """Earning 1 point a yuan at every tier, so that sums are easily reckoned."""
    source = SMALL.replace("tier_rates = { silver = 1.5, gold = 2 }\n", "")
    publish(bare_shop, source + MILESTONES + CASHBACK + REBATE)
    clock.set(MORNING)
    return bare_shop


def brought(shop: Shop, member_id: int, goal: str) -> list[tuple[str, int]]:
    query = select(entries).where(entries.c.member_id == member_id, entries.c.rule == f"goal:{goal}")
    with shop.read() as session:
        return [(row.kind, row.points) for row in session.execute(query.order_by(entries.c.id))]


def held(shop: Shop, member_id: int, source: str) -> list[str]:
    query = select(coupons.c.status).where(coupons.c.member_id == member_id, coupons.c.source.like(f"goal:{source}%"))
    with shop.read() as session:
        return list(session.execute(query.order_by(coupons.c.id)).scalars())


def use(shop: Shop, member_id: int, receipt: str) -> str:
    with shop.read() as session:
        code = coupons_of(shop, session, member_id)[0].code
    wish = CouponUse(code=code, external_id=receipt, lines=[line(5_000)])
    redeem_coupon(shop, Caller("till:1", f"use:{receipt}"), wish)
    return code


def take_mug(shop: Shop, member_id: int, key: str) -> str:
    wish = RewardWish(member=MemberRef(id=member_id), reward="mug")
    return redeem_reward(shop, Caller("till:1", key), wish).code
