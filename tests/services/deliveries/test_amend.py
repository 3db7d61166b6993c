"""Corrections and recalls from the asking to the end of each message, on both databases, without Telegram."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core.db import amendment_queries
from core.db.amendments import amended_messages, delivery_taps
from core.db.campaigns import campaigns
from core.db.deliveries import deliveries, message_contents
from core.db.members import members
from core.insight.amendments import AmendmentView, amendments_of
from core.insight.campaign_preview import preview
from core.insight.members import MemberRef
from core.rules.campaigns import Button
from core.rules.refusal import Refused
from core.services.campaigns import correct_campaign as correct_campaign_module
from core.services.campaigns.approve_correction import CorrectionApproval, approve_correction
from core.services.campaigns.cancel_campaign import cancel_campaign
from core.services.campaigns.correct_campaign import Correction, Words, correct_campaign
from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.campaigns.recall_campaign import Recall, recall_campaign
from core.services.campaigns.send_test import CampaignTest, send_test
from core.services.chats.join_chat import Leave, PayloadJoin, join_by_payload, leave, open_chat
from core.services.deliveries.deliver import turn
from core.services.deliveries.leaving import Change, Outcome, Outgoing
from core.services.deliveries.senders import Lead
from core.services.deliveries.tapped import tapped
from core.services.members.export_member import export_member
from core.services.members.forget_member import Forget, forget_member
from core.services.members.hand_on_card import CardHandOn, Person, hand_on_card
from core.services.members.merge_members import Merge, merge_members
from core.services.once import Caller
from core.shop import Shop
from tests.bot.delivery.post import add_members, message, plan, rows, states
from tests.campaigns import ANN, BO, content, launched, planned
from tests.club import publish
from tests.conftest import FIVE_TIER, FrozenClock
from tests.services.campaigning import by, do, seat
from tests.services.campaigning import launched as in_course
from tests.services.deliveries.test_deliver import ONE, POLICY, TWO, leading, lease

EN = ("a", "en")


def correction(shop: Shop, campaign_id: int, text: str, by: str = ANN, **more: Any) -> AmendmentView:
    wish = Correction(campaign=campaign_id, contents=[Words(text=text, **more)], reason="Wrong price")
    return correct_campaign(shop, Caller(by, f"correct-{shop.chance.token()}"), wish)


def approved(shop: Shop, asked: AmendmentView, by: str = BO) -> AmendmentView:
    wish = CorrectionApproval(campaign=asked.campaign_id, amendment=asked.id, sha256=asked.sha256)
    return approve_correction(shop, Caller(by, f"approve-{shop.chance.token()}"), wish)


def recalled(shop: Shop, campaign_id: int) -> AmendmentView:
    wish = Recall(campaign=campaign_id, reason="It went to the wrong people")
    return recall_campaign(shop, Caller(ANN, f"recall-{shop.chance.token()}"), wish)


def left(shop: Shop, room: int = 100, lead: Lead = ONE) -> tuple[list[Outgoing], list[Change]]:
    """The messages and the changes of earlier ones that a turn marks."""
    going = turn(shop, lead, [], room, POLICY, lease(6)).outgoing
    messages = [each for each in going if isinstance(each, Outgoing)]
    return messages, [each for each in going if isinstance(each, Change)]


def told(shop: Shop, *outcomes: Outcome, lead: Lead = ONE) -> None:
    turn(shop, lead, outcomes, 0, POLICY, lease(6))


def sent(shop: Shop, room: int = 100) -> None:
    """Messages leave and arrive, numbered like their chats."""
    messages, _ = left(shop, room)
    told(shop, *(Outcome(each, "sent", message_id=each.chat_id * 10) for each in messages))


def ends(shop: Shop) -> list[tuple[str, str | None]]:
    with shop.read() as session:
        order = (amended_messages.c.amendment_id, amended_messages.c.delivery_id)
        found = session.execute(select(amended_messages).order_by(*order))
        return [(row.state, row.outcome) for row in found]


def two_of_four_sent(shop: Shop, **more: Any) -> int:
    """Four members, two of whom have the message; the sender leads."""
    ids = add_members(shop, [1, 2, 3, 4])
    campaign_id = launched(shop, ids, [content("Hello {name}, 5 off", **more)])
    planned(shop, campaign_id, dict.fromkeys(ids, EN))
    leading(shop)
    sent(shop, 2)
    assert states(shop) == ["sent", "sent", "planned", "planned"]
    return campaign_id


def test_what_left_is_edited_and_what_has_not_says_it_from_the_start(shop: Shop, clock: FrozenClock) -> None:
    campaign_id = two_of_four_sent(shop)
    asked = correction(shop, campaign_id, "Hello {name}, 4 off", buttons=[[Button(text="See", open="offers")]])
    assert (asked.status, asked.changes[0].before.text, asked.changes[0].after.text) == (
        "awaiting_approval", "Hello {name}, 5 off", "Hello {name}, 4 off"
    )  # fmt: skip
    (on_its_way,), changes = left(shop, 1)
    assert (on_its_way.text, changes) == ("Hello M3, 5 off", [])
    clock.move(seconds=20)
    begun = approved(shop, asked)
    assert (begun.status, begun.approved_by, begun.messages) == ("planning", BO, [])
    messages, changes = left(shop)
    assert [each.text for each in messages] == ["Hello M4, 4 off"]
    assert [(each.chat_id, each.message_id, each.way, each.text, each.photo) for each in changes] == [
        (1, 10, "edit", "Hello M1, 4 off", False), (2, 20, "edit", "Hello M2, 4 off", False)
    ]  # fmt: skip
    assert changes[0].buttons == [[{"text": "See", "data": "offers"}]]
    told(
        shop,
        Outcome(on_its_way, "sent", message_id=30),
        Outcome(changes[0], "sent", how="edited"),
        Outcome(changes[1], "again", error="Too Many Requests", wait_s=1),
    )
    clock.move(seconds=3)
    _, changes = left(shop)
    assert [(each.chat_id, each.tries) for each in changes] == [(2, 0), (3, 0)]
    told(shop, *(Outcome(each, "sent", how="edited") for each in changes))
    assert left(shop) == ([], [])
    assert ends(shop) == [("done", "edited")] * 3
    with shop.read() as session:
        (seen,) = amendments_of(session, campaign_id)
    assert (seen.status, [each.model_dump() for each in seen.messages]) == (
        "planned", [{"state": "done", "outcome": "edited", "count": 3}]
    )  # fmt: skip


def test_a_test_and_a_preview_say_what_was_put_right(shop: Shop) -> None:
    ann = seat(shop, "Ann", 1)
    campaign_id = in_course(shop, [ann], "Hello {name}, 5 off")
    rows_of_buttons = [[Button(text="See", open="card"), Button(text="Take it", claim="welcome")],
                       [Button(text="More", url="https://example.org")]]  # fmt: skip
    approved(shop, correction(shop, campaign_id, "Hello {name}, 4 off", buttons=rows_of_buttons))
    send_test(shop, by(ANN), CampaignTest(campaign=campaign_id, to=[MemberRef(id=ann)]))
    with shop.read() as session:
        test = session.execute(select(deliveries).where(deliveries.c.source == f"campaign:{campaign_id}:test")).one()
        bare, *_ = preview(shop, session, campaign_id).seen
    carried = [[each.row() for each in row] for row in rows_of_buttons]
    assert (test.text, test.buttons) == ("Hello Ann, 4 off", carried)
    assert (bare.text, bare.buttons) == ("Hello {name}, 4 off", carried)


def test_a_second_person_approves_what_was_read(shop: Shop) -> None:
    campaign_id = two_of_four_sent(shop)
    first = correction(shop, campaign_id, "4 off")
    second = correction(shop, campaign_id, "3 off")
    for amendment, actor, reason in (
        (first, BO, "correction-not-waiting"),  # the second took its place
        (second, ANN, "own-correction"),
        (second.model_copy(update={"sha256": first.sha256}), BO, "correction-changed"),
        (second.model_copy(update={"id": 99}), BO, "unknown-amendment"),
        (second.model_copy(update={"campaign_id": campaign_id + 1}), BO, "unknown-campaign"),
    ):
        with pytest.raises(Refused) as refused:
            approved(shop, amendment, actor)
        assert refused.value.refusal.reason == reason
    with shop.read() as session:
        assert session.execute(select(message_contents.c.text)).scalar_one() == "Hello {name}, 5 off"
    assert left(shop)[1] == []
    assert approved(shop, second).status == "planning"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"text": "Hello {name}, 5 off"}, "correction-changes-nothing"),
        ({"text": "{points} points"}, "message-placeholder-unknown"),
        ({"text": "<b>4 off"}, "message-html-invalid"),
        ({"text": "x" * 4094 + " {name|you}"}, "message-text-too-long"),
        ({"text": "4 off", "arm": "b"}, "campaign-content-unknown"),
        ({"text": "4 off", "buttons": [[Button(text="Take it", claim="gone")]]}, "offer-unknown"),
    ],
)
def test_a_correction_fits_whoever_got_the_message(shop: Shop, words: dict[str, Any], reason: str) -> None:
    ids = add_members(shop, [1])
    campaign_id = launched(shop, ids, [content("Hello {name}, 5 off")])
    ids = planned(shop, campaign_id, dict.fromkeys(ids, EN))
    plan(shop, message(shop, ids[0], source="other"))
    with pytest.raises(Refused) as refused:
        correction(shop, campaign_id, **words)
    assert refused.value.refusal.reason == reason
    with shop.read() as session:
        assert amendments_of(session, campaign_id) == []


def test_while_others_wait_only_what_was_planned_meanwhile_is_looked_at(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_members(shop, [1, 2, 3])
    campaign_id = launched(shop, ids, [content("Hello {name}, 5 off")])
    planned(shop, campaign_id, dict.fromkeys(ids[:2], EN))
    look, left_with, seen = correct_campaign_module._look, amendment_queries.left_with, list[tuple[int, int]]()

    def slowly(*given: Any) -> Any:
        looked = look(*given)
        planned(shop, campaign_id, {ids[2]: EN})
        return looked

    def noting(session: Any, source: str, content_id: int, after: int, until: int) -> Any:
        seen.append((after, until))
        return left_with(session, source, content_id, after, until)

    monkeypatch.setattr(correct_campaign_module, "_look", slowly)
    monkeypatch.setattr(amendment_queries, "left_with", noting)
    assert correction(shop, campaign_id, "x" * 4_090 + "{name}").status == "awaiting_approval"
    first, second, third = (row.id for row in rows(shop))
    assert seen == [(first - 1, second), (second, third)]


def test_a_correction_fits_whose_turn_is_still_to_come(shop: Shop) -> None:
    ids = [seat(shop, "An", 1), seat(shop, "B" * 100, 2, card_number="BEA-1")]
    campaign_id = in_course(shop, ids, contents=[{"text": "Hi {name}"}], canary={"first": 1})
    plan_campaigns(shop)
    assert [row.member_id for row in rows(shop)] == ids[:1]
    with pytest.raises(Refused) as refused:
        correction(shop, campaign_id, "{name}" * 45)
    facts = {"length": 4_500, "most": 4_096, "card": "BEA-1", "content": "a, en"}
    assert (refused.value.refusal.reason, refused.value.refusal.facts) == ("message-text-too-long", facts)
    assert correction(shop, campaign_id, "{name}" * 40).status == "awaiting_approval"
    do(shop, cancel_campaign, campaign_id)
    assert correction(shop, campaign_id, "{name}" * 45).status == "awaiting_approval"


def test_a_draft_is_changed_and_not_corrected(shop: Shop) -> None:
    campaign_id = launched(shop, add_members(shop, [1]), [content("5 off")])
    with shop.write() as session:
        session.execute(campaigns.update().values(status="draft", launched_at=None))
    with pytest.raises(Refused, match="campaign-in-another-state"):
        correction(shop, campaign_id, "4 off")
    with pytest.raises(Refused, match="campaign-in-another-state"):
        recalled(shop, campaign_id)


def test_a_recall_deletes_what_is_young_and_withdraws_what_is_old(shop: Shop, clock: FrozenClock) -> None:
    campaign_id = two_of_four_sent(shop, photo="photo-1")
    clock.move(hours=20)
    sent(shop, 1)
    clock.move(hours=30)
    waiting = correction(shop, campaign_id, "4 off")
    assert recalled(shop, campaign_id).status == "planning"
    assert [(row.state, row.reason) for row in rows(shop)][3] == ("suppressed", "cancelled")
    messages, changes = left(shop)
    assert messages == []
    assert [(each.message_id, each.way, each.text, each.photo, each.buttons) for each in changes] == [
        (10, "withdraw", "This message was withdrawn.", True, []),
        (20, "withdraw", "This message was withdrawn.", True, []),
        (30, "delete", "This message was withdrawn.", True, []),
    ]
    hows = ("withdrawn", "gone", "deleted")
    told(shop, *(Outcome(each, "sent", how=how) for each, how in zip(changes, hows, strict=True)))
    assert [outcome for _, outcome in ends(shop)] == [*hows]
    with pytest.raises(Refused, match="campaign-recalled"):
        approved(shop, waiting)
    with pytest.raises(Refused, match="campaign-recalled"):
        recalled(shop, campaign_id)
    with shop.read() as session:
        assert session.execute(select(campaigns.c.status)).scalar_one() == "cancelled"
        assert [each.status for each in amendments_of(session, campaign_id)] == ["withdrawn", "planned"]


def test_the_later_amendment_of_a_message_takes_the_place_of_the_earlier(shop: Shop, clock: FrozenClock) -> None:
    campaign_id = two_of_four_sent(shop)
    approved(shop, correction(shop, campaign_id, "4 off"))
    (one,) = left(shop, 1)[1]
    clock.move(seconds=20)
    recalled(shop, campaign_id)
    _, changes = left(shop)
    assert [(each.chat_id, each.way) for each in changes] == [(2, "delete")]  # the other one's edit is on its way
    told(shop, Outcome(one, "again", error="no connection"), Outcome(changes[0], "sent", how="deleted"))
    clock.move(seconds=3)
    _, changes = left(shop)
    assert [(each.chat_id, each.way) for each in changes] == [(1, "delete")]
    told(shop, Outcome(changes[0], "failed", error="message can't be deleted"))
    assert sorted(ends(shop), key=str) == [
        ("done", "deleted"), ("failed", None), ("replaced", None), ("replaced", None)
    ]  # fmt: skip


def test_what_a_dead_sender_asked_for_is_asked_for_again(shop: Shop, clock: FrozenClock) -> None:
    campaign_id = two_of_four_sent(shop)
    approved(shop, correction(shop, campaign_id, "4 off"))
    _, (one, _two) = left(shop, 4)
    leading(shop, TWO, 6)
    clock.move(seconds=2)
    _, changes = left(shop, lead=TWO)
    assert [each.chat_id for each in changes] == [1, 2]
    told(shop, Outcome(one, "sent", how="edited"))  # too late: it is the other's now
    assert ends(shop) == [("sending", None)] * 2
    told(shop, *(Outcome(each, "in_doubt", error="no answer in time") for each in changes), lead=TWO)
    clock.move(seconds=2)
    assert [(each.chat_id, each.tries) for each in left(shop, lead=TWO)[1]] == [(1, 1), (2, 1)]


def test_a_message_in_doubt_is_corrected_once_a_tap_has_proved_it(shop: Shop, clock: FrozenClock) -> None:
    (ann,) = add_members(shop, [1])
    campaign_id = launched(shop, [ann], [content("5 off")])
    planned(shop, campaign_id, {ann: EN})
    leading(shop)
    ((mine,), _) = left(shop)
    told(shop, Outcome(mine, "in_doubt", error="no answer in time"))
    approved(shop, correction(shop, campaign_id, "4 off"))
    assert left(shop)[1] == []
    assert ends(shop) == [("in_doubt", None)]
    clock.move(seconds=5)
    assert tapped(shop, mine.id, ann, 77, "claim:welcome")
    assert tapped(shop, mine.id, ann, 77, "claim:welcome")
    assert tapped(shop, mine.id, ann, 77, "claim:forged")
    (change,) = left(shop)[1]
    assert (change.message_id, change.text) == (77, "4 off")
    with shop.read() as session:
        found = session.execute(select(delivery_taps)).all()
    assert [(row.delivery_id, row.button, row.at) for row in found] == [(mine.id, "claim:welcome", shop.now())]


def test_a_message_is_recalled_in_the_chat_that_was_handed_on_since(shop: Shop) -> None:
    kept, old, both = seat(shop, "Ann"), seat(shop, "Anna", 2), seat(shop, "Bo", 3)
    campaign_id = launched(shop, [old, both], [content("5 off")])
    planned(shop, campaign_id, {old: EN, both: EN})
    leading(shop)
    sent(shop)
    for keep, other in ((kept, old), (kept, both)):  # the one hands its chat on, the other keeps its own
        wish = Merge(keep=MemberRef(id=keep), other=MemberRef(id=other), reason="the same person")
        merge_members(shop, Caller(ANN, f"merge-{other}"), wish)
    recalled(shop, campaign_id)
    assert [(each.chat_id, each.message_id, each.way) for each in left(shop)[1]] == [
        (2, 20, "delete"), (3, 30, "delete")
    ]  # fmt: skip


def test_a_message_is_amended_where_it_was_sent_whoever_is_where_by_now(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = bare_shop
    publish(shop, FIVE_TIER.read_text().replace("[program]\n", "[program]\ntransferable = true\n", 1))
    clock.move(seconds=1)
    ids = [seat(shop, f"M{number}", number) for number in range(1, 6)]
    moved, handed, merged, kept, forgotten = ids
    campaign_id = launched(shop, ids, [content("Hello {name}, 5 off")])
    planned(shop, campaign_id, dict.fromkeys(ids, EN))
    leading(shop)
    sent(shop)
    plan(shop, message(shop, handed, source="other"))
    clock.move(seconds=1)
    leave(shop, by("chat:1"), Leave(chat_id=1))
    joined(shop, 71, join_code(shop, moved))
    wish = CardHandOn(member=MemberRef(id=handed), to=Person(name="Somebody"))
    joined(shop, 72, hand_on_card(shop, by(BO), wish).join_payload)
    merge_members(shop, by(ANN), Merge(keep=MemberRef(id=kept), other=MemberRef(id=merged), reason="the same person"))
    leave(shop, by("chat:3"), Leave(chat_id=3))
    forget_member(shop, by(BO), Forget(member_id=forgotten))
    before = rows(shop)
    assert (before[-1].state, before[-1].reason) == ("suppressed", "no-chat")  # it was for who had the card
    assert export_member(shop, handed)["deliveries"] == []
    assert not tapped(shop, before[1].id, handed, 5, "offers")  # theirs is another chat
    assert rows(shop) == before
    approved(shop, correction(shop, campaign_id, "Hello {name}, 4 off"))
    _, changes = left(shop)
    assert [(each.chat_id, each.message_id, each.way, each.text) for each in changes] == [
        (number, number * 10, "edit", f"Hello M{number}, 4 off") for number in (1, 2, 3, 4)
    ]
    assert ends(shop) == [("sending", None)] * 4 + [("blocked", None)]
    told(
        shop, Outcome(changes[0], "again", moved_to=-1), *(Outcome(each, "sent", how="edited") for each in changes[1:])
    )
    (change,) = left(shop)[1]
    assert (change.chat_id, change.message_id) == (-1, 10)


def test_a_message_is_left_alone_where_nobody_knows_its_chat(shop: Shop) -> None:
    campaign_id = two_of_four_sent(shop)
    with shop.write() as session:
        session.execute(update(deliveries).where(deliveries.c.id == rows(shop)[0].id).values(chat_id=None))
    recalled(shop, campaign_id)
    assert [each.chat_id for each in left(shop)[1]] == [2]
    assert ends(shop) == [("blocked", None), ("sending", None)]


def joined(shop: Shop, chat_id: int, code: str) -> None:
    open_chat(shop, chat_id, "en")
    join_by_payload(shop, by(f"chat:{chat_id}"), PayloadJoin(chat_id=chat_id, payload=code))


def join_code(shop: Shop, member_id: int) -> str:
    with shop.read() as session:
        return str(session.execute(select(members.c.join_code).where(members.c.id == member_id)).scalar_one())


def test_changes_have_half_of_what_may_leave_while_messages_wait(shop: Shop) -> None:
    campaign_id = two_of_four_sent(shop)
    approved(shop, correction(shop, campaign_id, "4 off"))
    messages, changes = left(shop, 2)
    assert (len(messages), len(changes)) == (1, 1)
    assert left(shop, 0) == ([], [])
    assert changes[0].due_at - shop.now() == timedelta()
