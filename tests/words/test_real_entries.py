"""Everything that the services write into the books can be said, in both languages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.db.ledger import entries, tier_changes
from core.db.members import members
from core.program.schema import Program
from core.services.activities.check_in import CheckInWish, check_in
from core.services.books.adjust import Adjustment, adjust
from core.services.common import LineIn, MemberRef
from core.services.members.enrol import EnrolForm, enrol
from core.services.members.forget_member import Forget, forget_member
from core.services.once import Caller
from core.services.purchases.record_purchase import PurchaseOrder, record_purchase
from core.services.purchases.refund import RefundOrder, refund
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from core.words import entry_name, explain, tier_reason_words
from core.words.texts import LANGUAGES
from tests.conftest import FrozenClock


def caller(key: str) -> Caller:
    return Caller("staff:ann", key)


def buy(shop: Shop, member: int, number: str, price: int, days_ago: int = 0) -> int:
    order = PurchaseOrder(
        external_id=number,
        member=MemberRef(id=member),
        occurred_at=shop.now() - timedelta(days=days_ago),
        store="1",
        channel="web",
        lines=[
            LineIn(sku="milk", category="grocery", quantity=2, unit_price=price),
            LineIn(sku="pear", category="produce/pears", quantity=1, unit_price=333),
        ],
    )
    return record_purchase(shop, caller(f"purchase:{number}"), order).id


def a_members_years(shop: Shop, clock: FrozenClock) -> None:
    """Everything that can happen to points."""
    host = enrol(shop, caller("host"), EnrolForm(name="Bea Host"))
    with shop.read() as session:
        code = session.execute(select(members.c.invite_code).where(members.c.id == host.id)).scalar_one()
    ann = enrol(shop, caller("ann"), EnrolForm(name="Ann Lee", invite_code=code))
    me = MemberRef(id=ann.id)
    first = buy(shop, ann.id, "T-1", 70_000)
    for day in range(7):
        clock.move(days=1 if day else 0)
        check_in(shop, caller(f"check-in:{day}"), CheckInWish(member_id=ann.id))
    buy(shop, ann.id, "T-late", 9_000, days_ago=60)
    taken = redeem_reward(shop, caller("reward"), RewardWish(member=me, reward="tote", price=1))
    cancel_reward(shop, caller("cancel"), CancelReward(code=taken.code))
    redeem_reward(shop, caller("voucher"), RewardWish(member=me, reward="voucher-5"))
    adjust(shop, caller("adjust"), Adjustment(member=me, points=25, reason="Broken eggs"))
    refund(shop, caller("refund:1"), RefundOrder(purchase_id=first, external_id="R-1", amount=1_000))
    refund(shop, caller("refund:2"), RefundOrder(purchase_id=first, external_id="R-2", amount=100_000))
    clock.move(days=500)
    buy(shop, ann.id, "T-2", 5_000)
    refund(shop, caller("refund:3"), RefundOrder(purchase_id=first, external_id="R-3", amount=20_000))
    forget_member(shop, caller("forget"), Forget(member_id=ann.id))


def written(shop: Shop, table: Any) -> tuple[Program, list[dict[str, Any]]]:
    with shop.reading() as (session, program):
        return program, [dict(row._mapping) for row in session.execute(select(table).order_by(table.c.id))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_in_the_books_can_be_said(shop: Shop, clock: FrozenClock, language: str) -> None:
    a_members_years(shop, clock)
    program, booked = written(shop, entries)
    done = {step["do"] for entry in booked for step in entry["explanation"]["steps"]}
    assert {"lines", "round", "fixed", "check_in", "streak", "pay_reward", "give_back", "adjust"} <= done
    assert {"worth", "lapse", "rejudged", "write_off"} <= done
    for entry in booked:
        said = [entry_name(program, entry, language, strict=True), *explain(program, entry, language, strict=True)]
        assert len(said) > 1
        assert not [line for line in said if not line or "{" in line or "…" in line]
    _, changes = written(shop, tier_changes)
    assert {change["to_tier"] for change in changes} >= {"silver", "gold", "regular"}
    for change in changes:
        assert tier_reason_words(
            program, change["from_tier"], change["to_tier"], change["reason"], language, strict=True
        )
