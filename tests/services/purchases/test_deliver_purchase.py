"""Points of orders wait for the delivery: pending until the till reports it, whatever comes back or comes late."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core.db.ledger import lots
from core.program.loading import load
from core.rules.refusal import Refused
from core.services.books.audit import audit
from core.services.once import Caller
from core.services.programs.preview_program import preview_program
from core.services.programs.story import StoryError, read_story
from core.services.purchases.deliver_purchase import Delivered, Delivery, deliver_purchase
from core.services.purchases.record_purchase import PurchaseResult, record_purchase
from core.services.replaying.replay import outcomes
from core.shop import Shop
from tests.conftest import SMALL, FrozenClock
from tests.merging import merge, part
from tests.rules.stores import shanghai
from tests.services.books.test_late_purchases import publish
from tests.shopping import TILL, balance_of, bring_back, buy, dump, enrol_one, line, order, proven

SOURCE = SMALL.read_text(encoding="utf-8").replace(
    "expires_months = 12", 'expires_months = 12\nuntil_delivered = ["web"]\ndelivered_after_days = 30\npending_days = 2'
)


@pytest.fixture
def web_shop(bare_shop: Shop, clock: FrozenClock) -> Shop:
    clock.set(shanghai(2026, 3, 2, 12))
    publish(bare_shop, SOURCE)
    return bare_shop


def buys(shop: Shop, member: int, name: str, amount: int, at: datetime | None = None) -> PurchaseResult:
    wish = order(member, name, at or shop.now(), line(amount), channel="web")
    return record_purchase(shop, Caller(TILL, f"purchase:{name}"), wish)


def delivered(shop: Shop, purchase: int, at: datetime | None = None, key: str = "") -> Delivered:
    report = Delivery(purchase_id=purchase, delivered_at=at)
    return deliver_purchase(shop, Caller(TILL, key or f"delivery:{purchase}"), report)


def has(shop: Shop, member: int) -> tuple[int, int]:
    found = balance_of(shop, member)
    return found.active, found.pending


def replayed(shop: Shop) -> None:
    """The published program, once more, ends where the books are."""
    pairs = list(outcomes(shop, load(SOURCE, "it")))
    assert [after for _, after in pairs] == [before for before, _ in pairs]


def test_points_are_pending_until_the_delivery_and_its_waiting_days(web_shop: Shop, clock: FrozenClock) -> None:
    inviter = enrol_one(web_shop, "Bob")
    with web_shop.read() as session:
        code = session.connection().exec_driver_sql("SELECT invite_code FROM member").scalar_one()
    ann = enrol_one(web_shop, "Ann", invite_code=code)
    bought = buys(web_shop, ann, "p1", 100_000)
    assert bought.tier == "silver"  # counts from the purchase on
    assert (has(web_shop, ann), has(web_shop, inviter)) == ((0, 1000 + 100 + 333 + 30), (0, 50))
    clock.set(shanghai(2026, 3, 20, 12))
    report = delivered(web_shop, bought.id, shanghai(2026, 3, 19, 9))
    assert report == Delivered(
        id=bought.id,
        external_id="p1",
        delivered_at=shanghai(2026, 3, 19, 9),
        spendable_from=shanghai(2026, 3, 21),
    )
    assert has(web_shop, ann) == (0, 1463)
    proven(web_shop)
    clock.set(shanghai(2026, 3, 21))
    assert (has(web_shop, ann), has(web_shop, inviter)) == ((1463, 0), (50, 0))
    proven(web_shop)
    replayed(web_shop)


def test_they_wait_no_longer_than_the_program_says(web_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(web_shop)
    bought = buys(web_shop, ann, "p1", 3_000)
    clock.set(shanghai(2026, 4, 1) - timedelta(microseconds=1))
    assert has(web_shop, ann) == (0, 40)
    clock.set(shanghai(2026, 4, 1))
    assert has(web_shop, ann) == (40, 0)
    assert delivered(web_shop, bought.id).spendable_from == shanghai(2026, 4, 1)
    proven(web_shop)
    replayed(web_shop)


def test_what_comes_back_before_the_delivery_is_taken_from_what_is_pending(web_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(web_shop)
    buy(web_shop, ann, "shop", line(4_000))
    clock.set(shanghai(2026, 3, 4))
    bought = buys(web_shop, ann, "p1", 6_000)
    assert has(web_shop, ann) == (40, 80)
    bring_back(web_shop, bought.id, "r1", amount=3_000)
    assert has(web_shop, ann) == (40, 40)
    delivered(web_shop, bought.id)
    clock.set(shanghai(2026, 3, 6))
    assert has(web_shop, ann) == (80, 0)
    proven(web_shop)
    replayed(web_shop)


@pytest.mark.parametrize("late_after_delivery", [False, True])
def test_a_late_purchase_pays_the_difference_when_the_goods_do(
    web_shop: Shop, clock: FrozenClock, late_after_delivery: bool
) -> None:
    ann = enrol_one(web_shop)
    start = clock.now()
    clock.set(shanghai(2026, 3, 5, 12))
    bought = buys(web_shop, ann, "web", 10_000)
    clock.set(shanghai(2026, 3, 7, 12))
    if late_after_delivery:
        delivered(web_shop, bought.id, shanghai(2026, 3, 6))
    buy(web_shop, ann, "late", line(100_000), at=start)
    if not late_after_delivery:
        assert has(web_shop, ann) == (1100, 150 + 33)
        delivered(web_shop, bought.id, shanghai(2026, 3, 6))
    clock.set(shanghai(2026, 3, 8) - timedelta(microseconds=1))
    assert has(web_shop, ann) == (1100, 183)
    clock.set(shanghai(2026, 3, 8))
    assert has(web_shop, ann) == (1283, 0)
    proven(web_shop)
    replayed(web_shop)


def test_it_is_reported_once(web_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(web_shop)
    bought = buys(web_shop, ann, "p1", 3_000)
    in_the_shop = buy(web_shop, ann, "p2", line(3_000))
    clock.move(hours=1)
    first = delivered(web_shop, bought.id)
    assert delivered(web_shop, in_the_shop.id).spendable_from is None
    clock.move(hours=1)
    assert delivered(web_shop, bought.id) == first
    before = dump(web_shop)
    for reason, wish in (
        ("purchase-delivered-already", {"purchase": bought.id}),
        ("unknown-purchase", {"purchase": 99}),
        ("key-reused", {"purchase": bought.id, "at": clock.now(), "key": f"delivery:{bought.id}"}),
    ):
        assert refusal(web_shop, **wish) == reason
    third = buys(web_shop, ann, "p3", 3_000).id
    before = dump(web_shop)
    moment = timedelta(microseconds=1)
    assert refusal(web_shop, purchase=third, at=clock.now() - moment) == "delivery-before-purchase"
    assert refusal(web_shop, purchase=third, at=clock.now() + timedelta(minutes=5) + moment) == "delivery-in-the-future"
    assert dump(web_shop) == before


def test_a_story_tells_of_deliveries(tmp_path: Path) -> None:
    events = [
        {"at": "2026-03-02T10:00", "do": "enrol", "member": "ann"},
        {"at": "2026-03-02T11:00", "do": "purchase", "member": "ann", "id": "o1", "channel": "web",
         "lines": [{"sku": "tea", "category": "grocery", "quantity": 1, "unit_price": 3000}]},
        {"at": "2026-03-04T11:00", "do": "deliver", "of": "o1"},
        {"at": "2026-03-06T00:00", "do": "tick"},
        {"at": "2026-03-06T00:01", "do": "deliver", "of": "o1"},
    ]  # fmt: skip
    story = tmp_path / "story.jsonl"
    story.write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    program = load(SOURCE, "it")
    told = list(preview_program(SOURCE, program, read_story(story, program)))
    assert [(each.member, each.balance, each.pending) for each in told[1:]] == [
        ("ann", 0, 40),
        ("ann", 0, 40),
        ("ann", 40, 0),
        ("ann", 40, 0),
    ]
    assert told[-1].refused is not None
    assert told[-1].refused.text == "This purchase was delivered on Mar 4, 2026, 11:00\u202fAM already."
    story.write_text('{"at": "2026-03-02T10:00", "do": "deliver", "of": "o2"}', encoding="utf-8")
    with pytest.raises(StoryError, match="there is no purchase o2; write the id of a purchase on a line before"):
        read_story(story, program)


def test_points_that_went_on_to_another_card_arrive_there(web_shop: Shop, clock: FrozenClock) -> None:
    ann, anne = enrol_one(web_shop, "Ann"), enrol_one(web_shop, "Anne")
    bought = buys(web_shop, anne, "p1", 3_000)
    first = merge(web_shop, ann, anne)
    clock.move(hours=1)
    assert has(web_shop, ann) == (0, 40)
    delivered(web_shop, bought.id)
    part(web_shop, first.id)
    merge(web_shop, ann, anne, "again")
    clock.set(shanghai(2026, 3, 4))
    assert has(web_shop, ann) == (40, 0)
    proven(web_shop)


def refusal(shop: Shop, purchase: int, at: datetime | None = None, key: str = "another") -> Any:
    with pytest.raises(Refused) as refused:
        delivered(shop, purchase, at, key)
    return refused.value.refusal.reason


def test_the_audit_notices_points_that_are_spendable_too_soon(web_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(web_shop)
    buys(web_shop, ann, "p1", 3_000)
    proven(web_shop)
    with web_shop.write() as session:
        session.execute(update(lots).values(activates_at=clock.now()))
    assert [(each.what, each.member_id) for each in audit(web_shop).differences] == [("lot_spendable", ann)] * 2
