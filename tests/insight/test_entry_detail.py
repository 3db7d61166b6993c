"""An entry says which lots it took points of, which version judged it, and it is said in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from core.insight.entry_detail import EntryDetail, LotMoved, Waiting, entry_detail
from core.insight.ledger import entries
from core.program.loading import load_file
from core.rules.refusal import Refused
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.purchases.deliver_purchase import Delivery, deliver_purchase
from core.services.purchases.record_purchase import record_purchase
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from core.words import detail_words
from tests.club import publish
from tests.conftest import FIVE_TIER, SMALL, FrozenClock
from tests.shopping import TILL, bring_back, buy, enrol_one, line, order

PROGRAM = load_file(FIVE_TIER)


def newest(shop: Shop, member_id: int) -> EntryDetail:
    with shop.read() as session:
        found = entries(session, member_id, limit=1).items[0]
        return entry_detail(shop, session, member_id, found.id)


def test_a_reward_says_which_points_paid_for_it(shop: Shop, clock: FrozenClock) -> None:
    """400 and 200 points for the first purchase, then 100: the bag for 600 and a coupon for the rest."""
    ann = enrol_one(shop)
    buy(shop, ann, "R1", line(40_000))
    clock.move(days=1)
    bought = buy(shop, ann, "R2", line(30_000))
    me = MemberRef(id=ann)
    taken = redeem_reward(shop, Caller("till:1", "take"), RewardWish(member=me, reward="tote"))
    paid = newest(shop, ann)
    assert (paid.version, paid.points, paid.unpaid) == (1, -600, 0)
    assert sum(each.points for each in paid.lots) == 600
    assert [each.earned_at for each in paid.lots] == sorted(each.earned_at for each in paid.lots)
    assert {each.rule for each in paid.lots} <= {"base", "first-shop", "big-shop", "welcome", "first-purchase"}
    said = detail_words(PROGRAM, paid, "en", strict=True)
    assert said[0].startswith("Taken: ")
    assert said[-1] == "Judged by version 1 of the program"
    cancel_reward(shop, Caller("staff:bo", "back"), CancelReward(code=taken.code))
    back = newest(shop, ann)
    assert [(each.lot, -each.points) for each in back.lots] == [(each.lot, each.points) for each in paid.lots]
    assert detail_words(PROGRAM, back, "en", strict=True)[0].startswith("Given back: ")
    redeem_reward(shop, Caller("till:1", "again"), RewardWish(member=me, reward="tote"))
    bring_back(shop, bought.id, "B1", amount=30_000)
    owed = newest(shop, ann)
    assert owed.points == -sum(each.points for each in owed.lots) - owed.unpaid


def test_somebody_elses_entry_is_unknown(shop: Shop) -> None:
    ann, bo = enrol_one(shop, "Ann"), enrol_one(shop, "Bo")
    buy(shop, ann, "R1", line(40_000))
    with shop.read() as session:
        first = entries(session, ann).items[0]
        with pytest.raises(Refused, match="unknown-entry"):
            entry_detail(shop, session, bo, first.id)


@dataclass
class Told:
    lots: list[LotMoved]
    unpaid: int = 0
    version: int = 3
    waiting: Waiting | None = None


def moved(points: int, lasting: bool = False) -> LotMoved:
    """Of 2 March 2026, good until 2 March 2027."""
    until = None if lasting else datetime(2027, 3, 3, 5, tzinfo=UTC)
    earned_at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    return LotMoved(lot=1, points=points, rule="base", earned_at=earned_at, expires_at=until)


def test_in_words() -> None:
    told = Told([moved(120), moved(30, lasting=True), moved(-5)], unpaid=7)
    assert detail_words(PROGRAM, told, "en", strict=True) == [
        "Taken: 120 points of Mar 2, 2026 (Points for shopping), good until Mar 2, 2027",
        "Taken: 30 points of Mar 2, 2026 (Points for shopping), without an end",
        "Given back: 5 points of Mar 2, 2026 (Points for shopping), good until Mar 2, 2027",
        "Still owed of this: 7 points; your next points pay it first",
        "Judged by version 3 of the program",
    ]
    assert detail_words(PROGRAM, told, "zh-Hans", strict=True) == [
        "使用：2026年3月2日 所得 120 积分（消费积分），有效期至 2027年3月2日",
        "使用：2026年3月2日 所得 30 积分（消费积分），长期有效",
        "退回：2026年3月2日 所得 5 积分（消费积分），有效期至 2027年3月2日",
        "其中尚欠 7 积分，将由您之后的积分优先抵扣",
        "依会员计划第 3 版判定",
    ]


def test_many_lots_are_summed_up() -> None:
    said = detail_words(PROGRAM, Told([moved(2)] * 11), "en", strict=True)
    assert (len(said), said[8]) == (10, "… and 6 points more, in 3 parts")


def test_points_that_wait_say_for_what(bare_shop: Shop, clock: FrozenClock) -> None:
    """Ordered online they wait for the delivery, 30 days at most, then two days more; in the shop two days."""
    source = SMALL.read_text(encoding="utf-8")
    waits = 'until_delivered = ["web"]\ndelivered_after_days = 30\npending_days = 2'
    publish(bare_shop, source.replace("expires_months = 12", f"expires_months = 12\n{waits}"))
    ann = enrol_one(bare_shop)
    wish = order(ann, "a1", bare_shop.now(), line(4_000), channel="web")
    bought = record_purchase(bare_shop, Caller(TILL, "purchase:a1"), wish)
    ordered = newest(bare_shop, ann)
    assert ordered.waiting == Waiting(for_delivery=True, until=datetime(2026, 3, 31, 16, tzinfo=UTC))
    with bare_shop.reading() as (_, program):
        told = [detail_words(program, ordered, each, strict=True)[-2] for each in ("en", "zh-Hans")]
    assert told == [
        "To be spent once your order has arrived, at the latest from Apr 1, 2026 on",
        "订单送达后可用，最迟 2026年4月1日 起可用",
    ]
    deliver_purchase(bare_shop, Caller(TILL, "delivered"), Delivery(purchase_id=bought.id))
    arrived = newest(bare_shop, ann)
    assert arrived.waiting == Waiting(for_delivery=False, until=datetime(2026, 3, 3, 16, tzinfo=UTC))
    assert detail_words(program, arrived, "en", strict=True)[0] == "To be spent from Mar 4, 2026 on"
    clock.set(datetime(2026, 3, 3, 16, tzinfo=UTC))
    assert newest(bare_shop, ann).waiting is None
    publish(bare_shop, source.replace("expires_months = 12", 'expires_months = 12\nuntil_delivered = ["web"]'))
    record_purchase(
        bare_shop, Caller(TILL, "purchase:a2"), order(ann, "a2", bare_shop.now(), line(4_000), channel="web")
    )
    lasting = newest(bare_shop, ann)
    assert lasting.waiting == Waiting(for_delivery=True, until=None)
    assert detail_words(program, lasting, "en", strict=True)[0] == "To be spent once your order has arrived"
