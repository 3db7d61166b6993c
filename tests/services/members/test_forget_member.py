"""Forgetting and exporting a person, on both databases."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from core.db.activities import feedbacks
from core.db.chats import telegram_updates
from core.db.counters import used
from core.db.coupons import coupons
from core.db.members import consents, members
from core.db.rewards import reward_orders
from core.insight.chats import chat_of
from core.insight.ledger import entries
from core.insight.members import MemberRef, member_of
from core.rules.refusal import Refused
from core.services.activities.check_in import CheckInWish, check_in
from core.services.activities.give_feedback import FeedbackIn, give_feedback
from core.services.chats.inbox import set_dialogue, store_update
from core.services.chats.join_chat import PayloadJoin, join_by_payload, open_chat
from core.services.members.enrol import EnrolForm, enrol
from core.services.members.export_member import export_member
from core.services.members.forget_member import Forget, Forgotten, forget_member
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.services.rewards.issue_coupon import CouponIssue, issue_coupon
from core.services.rewards.redeem_coupon import CouponUse, redeem_coupon
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.club import SOURCE, give, publish
from tests.conftest import FrozenClock
from tests.shopping import balance_of, bring_back, buy, dump, enrol_one, line, proven
from tests.updates import answer_all


def by(key: str) -> Caller:
    return Caller("telegram:42", key)


def forget(shop: Shop, member_id: int, key: str = "forget") -> Forgotten:
    return forget_member(shop, by(key), Forget(member_id=member_id))


def full_life(shop: Shop) -> int:
    """A member of whom the shop holds something in every drawer."""
    form = EnrolForm(
        name="Ann Lee", phone="+12125550123", birthday=date(1990, 5, 1), store="east", card_number="CARD-0001"
    )
    member_id = enrol(shop, Caller("staff:bo", "enrol"), form).id
    me = MemberRef(id=member_id)
    with shop.read() as session:
        secret = member_of(session, me).join_code
    open_chat(shop, 42, "en")
    store_update(shop, 7, 42, {"text": "I am Ann Lee"})
    join_by_payload(shop, by("join"), PayloadJoin(chat_id=42, payload=secret))
    answer_all(shop)
    set_dialogue(shop, 42, {"ask": "feedback"})
    buy(shop, member_id, "R1", line(30_000, "food"), line(500, "toys", sku="ball"))
    give(shop, member_id, 100)
    check_in(shop, by("visit"), CheckInWish(member_id=member_id))
    update_member(shop, by("settings"), MemberChange(member_id=member_id, allow_offers=True, style="calm"))
    give_feedback(shop, by("feedback"), FeedbackIn(member_id=member_id, kind="praise", text="Ann likes it"))
    for template in ("three", "ten"):
        issue_coupon(shop, by(template), CouponIssue(member=me, template=template, source="staff:bo"))
    used_up = issue_coupon(shop, by("used"), CouponIssue(member=me, template="tenth", source="staff:bo")).code
    redeem_coupon(shop, by("use"), CouponUse(code=used_up, external_id="R2", lines=[line(5_000, "food")]))
    redeem_reward(shop, by("mug"), RewardWish(member=me, reward="mug"))
    return member_id


def test_the_person_is_gone_and_the_books_are_right(club: Shop) -> None:
    member_id = full_life(club)
    entries_before = dump(club)["ledger_entry"]
    assert forget(club, member_id).points == 305 + 100 + 5  # the mug's points came back first
    text = json.dumps(dump(club), default=str)
    for trace in ("Ann", "12125550123", "1990-05-01", "likes it", "CARD-0001"):
        assert trace not in text, trace
    after = balance_of(club, member_id)
    assert (after.active, after.pending, after.debt) == (0, 0, 0)
    assert dump(club)["ledger_entry"][: len(entries_before)] == entries_before
    proven(club)


def test_what_was_hers_can_no_longer_be_used(club: Shop) -> None:
    member_id = full_life(club)
    forget(club, member_id)
    for ref in (MemberRef(id=member_id), MemberRef(card_number="CARD-0001"), MemberRef(phone="+12125550123")):
        with club.read() as session, pytest.raises(Refused, match="unknown-member"):
            member_of(session, ref)
    with club.read() as session:
        assert {(row.template, row.status) for row in session.execute(select(coupons))} == {
            ("three", "void"),
            ("ten", "void"),
            ("tenth", "redeemed"),
        }
        assert session.execute(select(reward_orders.c.status)).scalar_one() == "cancelled"
        assert used(session) == {"coupon:ten": 0, "reward:mug": 0}
        chat = chat_of(session, 42)
        assert chat is not None
        assert (chat.member_id, chat.dialogue) == (None, None)
        assert session.execute(select(feedbacks.c.text)).scalar_one() == ""
        assert session.execute(select(telegram_updates)).all() == []
        withdrawn = select(consents.c.purpose).where(consents.c.granted.is_(False))
        assert sorted(session.execute(withdrawn).scalars()) == ["care", "membership", "offers", "statement"]
    with pytest.raises(Refused, match="unknown-member"):
        buy(club, member_id, "R3", line(1_000, "food"))


def test_what_was_answered_once_tells_no_card_any_more(club: Shop) -> None:
    """Sent again, the enrolment gets its answer: with the card while there is one."""
    form = EnrolForm(name="Ann Lee", card_number="CARD-0001")
    first = enrol(club, Caller("staff:bo", "enrol"), form)
    assert enrol(club, Caller("staff:bo", "enrol"), form) == first
    forget(club, first.id)
    again = enrol(club, Caller("staff:bo", "enrol"), form)
    assert again == first.model_copy(update={"card_number": f"forgotten-{first.id}"})


def test_done_twice_is_done_once(club: Shop, clock: FrozenClock) -> None:
    member_id = full_life(club)
    first = forget(club, member_id)
    clock.move(days=1)
    records = {name: rows for name, rows in dump(club).items() if name != "idempotency_record"}
    again = forget(club, member_id, "another key")
    assert (again.at, again.points) == (first.at, 0)
    assert {name: rows for name, rows in dump(club).items() if name != "idempotency_record"} == records


def test_debt_is_let_go_and_pending_points_lapse(bare_shop: Shop, clock: FrozenClock) -> None:
    publish(bare_shop, SOURCE.replace("[earning]\n", "[earning]\npending_days = 3\n"))
    ann, bob = enrol_one(bare_shop), enrol_one(bare_shop, "Bob")
    bought = buy(bare_shop, ann, "R1", line(10_000, "food"))
    buy(bare_shop, bob, "R2", line(10_000, "food"))
    clock.move(days=3)
    redeem_reward(bare_shop, by("mug"), RewardWish(member=MemberRef(id=ann), reward="rare-voucher"))
    bring_back(bare_shop, bought.id, "B1", amount=10_000)
    buy(bare_shop, bob, "R3", line(5_000, "food"))
    assert balance_of(bare_shop, ann).debt == 10
    assert (balance_of(bare_shop, bob).active, balance_of(bare_shop, bob).pending) == (100, 50)
    assert forget(bare_shop, ann, "a").points == 0
    assert forget(bare_shop, bob, "b").points == 150
    for member_id, rules in ((ann, [("adjustment", 10)]), (bob, [("adjustment", -50), ("adjustment", -100)])):
        after = balance_of(bare_shop, member_id)
        assert (after.active, after.pending, after.debt) == (0, 0, 0)
        with bare_shop.read() as session:
            newest = entries(session, member_id).items[: len(rules)]
        assert [(entry.kind, entry.points) for entry in newest] == rules
    proven(bare_shop)


def test_forgetting_nobody_is_refused(club: Shop) -> None:
    before = dump(club)
    with pytest.raises(Refused, match="unknown-member"):
        forget(club, 77)
    assert dump(club) == before


def test_somebody_elses_drawers_stay_as_they_are(club: Shop) -> None:
    bob = enrol_one(club, "Bob")
    give(club, bob, 100)
    before = export_member(club, bob)
    forget(club, full_life(club))
    assert export_member(club, bob) == before


def test_an_export_holds_everything(club: Shop) -> None:
    member_id = full_life(club)
    export = export_member(club, member_id)
    assert json.loads(json.dumps(export)) == export
    assert {name: len(part) for name, part in export.items() if isinstance(part, list)} == {
        "merges": 0,
        "merged_cards": 0,
        "chats": 1,
        "consents": 2,
        "mutes": 0,
        "tags": 0,
        "facts": 0,
        "categories": 0,
        "proofs": 0,
        "entries": 4,
        "lots": 3,
        "allocations": 1,
        "purchases": 1,
        "coupons": 3,
        "reward_orders": 1,
        "benefit_movements": 0,
        "prize_draw_plays": 0,
        "check_ins": 1,
        "feedback": 1,
        "deliveries": 0,
        "tier_changes": 0,
    }
    assert (export["member"]["name"], export["member"]["birthday"]) == ("Ann Lee", "1990-05-01")
    assert export["account"]["balance"] == sum(entry["points"] for entry in export["entries"]) == 310
    assert [line_["sku"] for line_ in export["purchases"][0]["lines"]] == ["tea", "ball"]
    assert export["purchases"][0]["refunds"] == []
    assert all(entry["explanation"]["steps"] for entry in export["entries"])
    events = {row["template"]: [event["kind"] for event in row["events"]] for row in export["coupons"]}
    assert events["tenth"] == ["issued", "redeemed"]


def test_an_export_holds_refunds_with_their_lines(club: Shop) -> None:
    member_id = enrol_one(club)
    bought = buy(club, member_id, "R1", line(1_000, "food", sku="tea", quantity=2))
    bring_back(club, bought.id, "B1", lines={"tea": 1})
    refunds: list[dict[str, Any]] = export_member(club, member_id)["purchases"][0]["refunds"]
    assert [(refund["external_id"], refund["amount"]) for refund in refunds] == [("B1", 1_000)]
    assert [(row["line_number"], row["quantity"]) for row in refunds[0]["lines"]] == [(1, 1)]


def test_nothing_is_exported_of_strangers_and_the_forgotten(club: Shop) -> None:
    member_id = enrol_one(club)
    forget(club, member_id)
    for stranger in (member_id, 77):
        with pytest.raises(Refused, match="unknown-member"):
            export_member(club, stranger)


def test_feedback_is_kept_word_for_word(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    wish = FeedbackIn(member_id=member_id, kind="complaint", text="太慢了")
    assert give_feedback(club, by("a"), wish) == give_feedback(club, by("a"), wish)
    with club.read() as session:
        row = session.execute(select(feedbacks)).one()
    assert (row.member_id, row.kind, row.text, row.at) == (member_id, "complaint", "太慢了", clock.now())
    with pytest.raises(Refused, match="unknown-member"):
        give_feedback(club, by("b"), FeedbackIn(member_id=77, kind="idea", text="x"))


def test_a_new_person_may_take_the_freed_phone_and_card(club: Shop, clock: FrozenClock) -> None:
    forget(club, full_life(club))
    clock.move(seconds=1)
    fresh = enrol_one(club, "Cy", phone="+12125550123", card_number="CARD-0001")
    with club.read() as session:
        assert member_of(session, MemberRef(phone="+12125550123")).id == fresh
        assert session.execute(select(members.c.id)).scalars().all() == [1, fresh]


def test_a_friend_of_the_forgotten_still_buys(shop: Shop) -> None:
    ann = enrol_one(shop)
    with shop.read() as session:
        invite = member_of(session, MemberRef(id=ann)).invite_code
    friend = enrol_one(shop, "Bob", invite_code=invite)
    forget(shop, ann)
    rules = {entry.rule: entry.points for entry in buy(shop, friend, "R1", line(5_000)).entries}
    assert "referral_inviter" not in rules
    assert rules["base"] == 50
    assert balance_of(shop, ann).active == 0
    proven(shop)
