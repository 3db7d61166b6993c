"""Deliveries from plan to end, on both databases, without Telegram."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from core.db.chats import chats
from core.db.deliveries import deliveries
from core.db.members import members
from core.db.mutes import mutes
from core.db.staff import staff_members
from core.insight.members import MemberRef
from core.rules.messaging import Caps, Ended
from core.services.deliveries.deliver import Policy, Turn, any_due, begin, turn
from core.services.deliveries.leaving import Outcome, Outgoing
from core.services.deliveries.mute import MuteWish, mute
from core.services.deliveries.pause_source import cancel_source, pause_source, resume_source
from core.services.deliveries.plan_deliveries import add_content
from core.services.deliveries.senders import Lead, remember_wait, resign
from core.services.deliveries.tapped import tapped
from core.services.members.export_member import export_member
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.once import Caller
from core.shop import Shop
from tests.bot.delivery.post import add_members, message, plan, rows, states
from tests.conftest import FrozenClock
from tests.services.campaigning import seat
from tests.shopping import enrol_one

REAL = datetime(2030, 1, 1, tzinfo=UTC)  # senders' leases are in real time, whatever the shop's clock says
POLICY = Policy(Caps(per_day=2, per_week=3))
ONE, TWO = Lead(42, "42:one"), Lead(42, "42:two")


def lease(seconds: float) -> datetime:
    return REAL + timedelta(seconds=seconds)


def leading(shop: Shop, lead: Lead = ONE, at: float = 0) -> None:
    assert begin(shop, lead, POLICY, lease(at), lease(at + 6)) is not None


def claimed(shop: Shop, room: int = 100, lead: Lead = ONE) -> list[Outgoing]:
    going = turn(shop, lead, [], room, POLICY, lease(6)).outgoing
    return [each for each in going if isinstance(each, Outgoing)]


def recorded(shop: Shop, *outcomes: Outcome, lead: Lead = ONE) -> None:
    turn(shop, lead, outcomes, 0, POLICY, lease(6))


def test_a_message_is_planned_once_for_each_occasion(shop: Shop) -> None:
    ann, bo = add_members(shop, [1, 2])
    assert plan(shop, message(shop, ann), message(shop, bo), message(shop, ann)) == 2
    assert plan(shop, message(shop, ann, text="Other words"), message(shop, ann, occasion="2")) == 1
    held = message(shop, bo, occasion="2", ended=Ended("held_out"))
    assert plan(shop, held) == 1
    assert [(row.member_id, row.occasion, row.text, row.state) for row in rows(shop)] == [
        (ann, "1", f"For member {ann}", "planned"),
        (bo, "1", f"For member {bo}", "planned"),
        (ann, "2", f"For member {ann}", "planned"),
        (bo, "2", f"For member {bo}", "held_out"),
    ]


def test_what_is_due_leaves_the_more_urgent_first_and_is_marked_before(shop: Shop, clock: FrozenClock) -> None:
    ids = add_members(shop, range(1, 6))
    late, soon = shop.now() - timedelta(hours=1), shop.now() + timedelta(hours=1)
    with shop.write() as session:
        content = add_content(session, "Hello {name}", "photo-1", [[{"text": "See", "data": "offers"}]])
    plan(
        shop,
        message(shop, ids[0]),
        message(shop, ids[1], due_at=late),
        message(shop, ids[2], kind="care", content_id=content, filling={"name": "<Cy>"}),
        message(shop, ids[3], kind="transactional", buttons=[[{"text": "Web", "url": "https://example.org"}]]),
        message(shop, ids[4], due_at=soon),
    )
    leading(shop)
    assert any_due(shop)
    going = claimed(shop, 3)
    assert [(each.chat_id, each.text, each.photo) for each in going] == [
        (4, f"For member {ids[3]}", None),
        (3, "Hello &lt;Cy&gt;", "photo-1"),
        (2, f"For member {ids[1]}", None),
    ]
    assert [each.buttons for each in going[:2]] == [
        [[{"text": "Web", "url": "https://example.org"}]],
        [[{"text": "See", "data": "offers"}]],
    ]
    assert states(shop) == ["planned", "sending", "sending", "sending", "planned"]
    assert [each.chat_id for each in claimed(shop)] == [1]
    assert not any_due(shop)
    recorded(shop, *(Outcome(each, "sent", message_id=each.chat_id * 10) for each in going))
    assert [row.message_id for row in rows(shop)] == [None, 20, 30, 40, None]
    clock.move(hours=1)
    assert [each.chat_id for each in claimed(shop)] == [5]


def test_consent_blocks_quiet_hours_and_caps_are_those_of_the_moment_of_sending(shop: Shop, clock: FrozenClock) -> None:
    ids = add_members(shop, range(1, 7))
    plan(shop, *(message(shop, each) for each in ids))
    plan(shop, message(shop, ids[5], occasion="2"), message(shop, ids[5], occasion="3"))
    changes: list[tuple[int, dict[str, Any]]] = [
        (ids[0], {"allow_offers": False}), (ids[2], {"quiet_from": 540, "quiet_until": 660}),
        (ids[3], {"forgotten_at": shop.now()}),
    ]  # fmt: skip
    with shop.write() as session:
        for member_id, change in changes:
            session.execute(update(members).where(members.c.id == member_id).values(change))
        session.execute(update(chats).where(chats.c.id == 2).values(blocked=True))
        session.execute(update(chats).where(chats.c.id == 5).values(member_id=None))
    leading(shop)
    sent = claimed(shop)
    for _ in range(2):  # one a second to one member
        clock.move(seconds=1)
        sent += claimed(shop)
    assert [each.chat_id for each in sent] == [6, 6]
    assert [(row.state, row.reason) for row in rows(shop)] == [
        ("suppressed", "no-consent"), ("blocked", None), ("planned", None), ("suppressed", "no-chat"),
        ("suppressed", "no-chat"), ("sending", None), ("sending", None), ("suppressed", "frequency-cap"),
    ]  # fmt: skip
    assert rows(shop)[2].due_at == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    clock.move(hours=1)
    assert [each.chat_id for each in claimed(shop)] == [3]


def test_what_is_late_expires_and_what_cannot_be_filled_fails(shop: Shop, clock: FrozenClock) -> None:
    ann, bo = add_members(shop, [1, 2])
    with shop.write() as session:
        content = add_content(session, "Hello {name}")
    plan(shop, message(shop, ann), message(shop, bo, content_id=content, filling={"points": "5"}))
    clock.move(hours=23)
    leading(shop)
    clock.move(hours=1)
    plan(shop, message(shop, bo, occasion="2", content_id=content, filling={"points": "5"}))
    assert claimed(shop) == []
    assert [(row.state, row.reason) for row in rows(shop)] == [
        ("expired", None), ("expired", None), ("failed", "placeholder-unfilled"),
    ]  # fmt: skip


def test_every_outcome_has_its_state(shop: Shop, clock: FrozenClock) -> None:
    ids = add_members(shop, range(1, 8))
    plan(shop, *(message(shop, each) for each in ids))
    with shop.write() as session:
        session.execute(insert(staff_members).values(name="cy", role="staff", chat_id=7, created_at=shop.now()))
    leading(shop)
    a, b, c, d, e, f, g = claimed(shop)
    clock.move(seconds=5)
    recorded(
        shop,
        Outcome(a, "sent", message_id=77),
        Outcome(b, "blocked", error="Forbidden: bot was blocked by the user"),
        Outcome(c, "failed", error="can't parse entities" * 40),
        Outcome(d, "in_doubt", error="no answer in time"),
        Outcome(e, "again", error="Too Many Requests", wait_s=9),
        Outcome(f, "again", error="Bad Gateway", wait_s=4, failure=True),
        Outcome(g, "again", moved_to=700),
    )
    found = rows(shop)
    now = shop.now()
    assert [(row.state, row.message_id, row.tries, row.ended_at) for row in found] == [
        ("sent", 77, 0, now), ("blocked", None, 0, now), ("failed", None, 0, now), ("in_doubt", None, 0, now),
        ("planned", None, 0, None), ("planned", None, 1, None), ("planned", None, 0, None),
    ]  # fmt: skip
    assert found[4].due_at - now == timedelta(seconds=9)
    assert found[4].left_at is None  # it counts for no cap
    with shop.read() as session:
        seats = session.execute(select(chats.c.id, chats.c.blocked).order_by(chats.c.id)).all()
    assert [tuple(seat) for seat in seats if seat.id in (1, 2) or seat.id > 6] == [(1, False), (2, True), (700, False)]
    with shop.read() as session:
        assert session.execute(select(staff_members.c.chat_id)).scalar_one() == 700
    assert [each.chat_id for each in claimed(shop)] == [700]


def test_telegrams_own_failures_are_tried_eight_times(shop: Shop, clock: FrozenClock) -> None:
    (ann,) = add_members(shop, [1])
    plan(shop, message(shop, ann))
    leading(shop)
    for tries in range(8):
        (mine,) = claimed(shop)
        assert mine.tries == tries
        recorded(shop, Outcome(mine, "again", error="Bad Gateway", failure=True))
        clock.move(seconds=1)
    assert [(row.state, row.tries, row.error) for row in rows(shop)] == [("failed", 8, "Bad Gateway")]


def test_what_a_dead_sender_left_open_is_in_doubt(shop: Shop, clock: FrozenClock) -> None:
    ids = add_members(shop, range(1, 5))
    kinds = ["promo", "care", "transactional", "promo"]
    plan(shop, *(message(shop, each, kind=kind) for each, kind in zip(ids, kinds, strict=True)))
    leading(shop, ONE)
    assert len(claimed(shop, 3)) == 3
    assert begin(shop, TWO, POLICY, lease(5.9), lease(12)) is None  # the first may still be alive
    assert states(shop) == ["sending", "sending", "sending", "planned"]
    leading(shop, TWO, 6)
    assert states(shop) == ["in_doubt", "in_doubt", "planned", "planned"]
    assert rows(shop)[0].error == "the sender ended before Telegram answered"
    clock.move(seconds=1)
    again = claimed(shop, lead=TWO)
    assert [(each.chat_id, each.doubts) for each in again] == [(3, 1), (4, 0)]
    resign(shop, TWO)
    leading(shop, Lead(42, "42:three"))
    assert states(shop) == ["in_doubt"] * 4  # a transactional message is risked twice, not more often


def test_a_sender_that_was_taken_for_dead_sends_nothing_more_but_tells_what_it_knows(shop: Shop) -> None:
    ids = add_members(shop, range(1, 6))
    kinds = ["promo", "promo", "transactional", "promo", "promo"]
    plan(shop, *(message(shop, each, kind=kind) for each, kind in zip(ids, kinds, strict=True)))
    leading(shop, ONE)
    again, first, second, third = claimed(shop, 4)
    leading(shop, TWO, 6)
    (mine,) = [each for each in claimed(shop, lead=TWO) if each.chat_id == 5]
    late = [Outcome(first, "sent", message_id=5), Outcome(again, "sent", message_id=6), Outcome(second, "again")]
    done = turn(shop, ONE, late, 100, POLICY, lease(12))
    assert (done.leads, done.outgoing) == (False, [])
    by_chat = dict(zip([1, 2, 3, 4, 5], states(shop), strict=True))
    assert by_chat == {1: "sent", 2: "planned", 3: "sending", 4: "in_doubt", 5: "sending"}
    assert (third.chat_id, mine.chat_id) == (4, 5)


def test_two_bots_have_a_sender_each(shop: Shop) -> None:
    (ann,) = add_members(shop, [1])
    plan(shop, message(shop, ann))
    leading(shop, ONE)
    claimed(shop)
    leading(shop, Lead(43, "43:one"), 5)
    assert states(shop) == ["sending"]
    leading(shop, Lead(43, "43:two"), 11)  # the other bot's sender is gone, and perhaps so is that bot
    assert states(shop) == ["in_doubt"]
    plan(shop, message(shop, ann, occasion="2"))
    assert turn(shop, ONE, [], 9, POLICY, lease(12)) == Turn(False, [])  # it was only slow
    assert states(shop) == ["in_doubt", "planned"]


def test_telegrams_wait_is_known_to_whoever_sends_next(shop: Shop) -> None:
    remember_wait(shop, 42, lease(60))
    remember_wait(shop, 42, lease(30))
    begun = begin(shop, ONE, POLICY, lease(0), lease(6))
    assert begun is not None
    assert begun.wait_until == lease(60)
    remember_wait(shop, 42, lease(90))
    assert turn(shop, ONE, [], 0, POLICY, lease(12)).wait_until == lease(90)
    with shop.read() as session:
        assert session.execute(text("SELECT holder FROM sender")).scalar_one() == "42:one"


def test_a_source_is_paused_goes_on_and_is_called_off(shop: Shop) -> None:
    ids = add_members(shop, range(1, 5))
    plan(shop, *(message(shop, each) for each in ids), message(shop, ids[0], source="campaign:2"))
    leading(shop)
    (gone,) = claimed(shop, 1)
    pause_source(shop, "campaign:1")
    plan(shop, message(shop, ids[1], occasion="2"))  # planning went on
    recorded(shop, Outcome(gone, "again"))
    assert states(shop) == ["planned", "paused", "paused", "paused", "planned", "planned"]
    assert [each.chat_id for each in claimed(shop)] == [1]  # campaign:2
    resume_source(shop, "campaign:1")
    assert len(claimed(shop, 2)) == 2
    assert cancel_source(shop, "campaign:1") == 3
    plan(shop, message(shop, ids[2], occasion="3"))
    resume_source(shop, "campaign:1")
    assert claimed(shop) == []
    assert sorted((row.state, row.reason or "") for row in rows(shop)) == [
        ("sending", ""), ("sending", ""), ("sending", ""), *[("suppressed", "cancelled")] * 4
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["promo", "transactional"])
def test_a_tap_proves_that_a_message_in_doubt_arrived(shop: Shop, kind: str) -> None:
    ann, bo = add_members(shop, [1, 2])
    plan(shop, message(shop, ann, kind=kind))
    (unsent,) = (row.id for row in rows(shop))
    assert not tapped(shop, unsent, ann, 9)
    leading(shop)
    (mine,) = claimed(shop)
    recorded(shop, Outcome(mine, "in_doubt", error="no answer in time"))
    assert states(shop) == ["in_doubt" if kind == "promo" else "planned"]
    assert not tapped(shop, mine.id, bo, 9)
    assert tapped(shop, mine.id, ann, 9)
    (row,) = rows(shop)
    assert (row.state, row.message_id, row.tapped_at, row.error) == ("sent", 9, shop.now(), None)
    assert claimed(shop) == []
    with shop.read() as session:
        assert session.execute(select(deliveries.c.doubts)).scalar_one() == (kind == "transactional")


def test_a_tap_before_the_answer_counts_also_on_a_card_that_was_merged_since(shop: Shop) -> None:
    kept, old = seat(shop, "Ann"), seat(shop, "Anna", 2)
    plan(shop, message(shop, old, kind="promo", source="campaign:1"))
    leading(shop)
    (mine,) = claimed(shop)
    wish = Merge(keep=MemberRef(id=kept), other=MemberRef(id=old), reason="the same person")
    merge_members(shop, Caller("staff:bo", "merge"), wish)
    assert tapped(shop, mine.id, kept, 9)
    assert mute(shop, Caller("bot", "mute"), MuteWish(member_id=kept, delivery_id=mine.id)).kind == "campaign"
    recorded(shop, Outcome(mine, "in_doubt", error="no answer in time"))
    (row,) = rows(shop)
    assert (row.state, row.message_id, row.tapped_at, row.error) == ("sent", 9, shop.now(), None)


def test_what_is_planned_for_a_card_goes_to_whom_it_was_merged_into(shop: Shop, clock: FrozenClock) -> None:
    kept, old = seat(shop, "Ann", consents=["offers", "care"]), seat(shop, "Anna", 2, consents=["offers", "care"])
    plan(shop, *(message(shop, old, source=source) for source in ("a", "b", "journey:c")))
    plan(shop, message(shop, kept, source="b", due_at=shop.now() + timedelta(hours=1)))
    plan(shop, message(shop, old, source="d", kind="care"))
    wish = Merge(keep=MemberRef(id=kept), other=MemberRef(id=old), reason="the same person")
    merge_members(shop, Caller("staff:bo", "merge"), wish)
    with shop.write() as session:
        session.execute(update(members).where(members.c.id == kept).values(allow_care=False))
        session.execute(insert(mutes).values(member_id=kept, kind="journey:c", at=shop.now()))
    leading(shop)
    (mine,) = claimed(shop)
    assert (mine.chat_id, mine.member_id, mine.text, mine.source) == (2, kept, f"For member {old}", "a")
    recorded(shop, Outcome(mine, "sent", message_id=9))
    clock.move(hours=1)
    assert [(each.chat_id, each.text) for each in claimed(shop)] == [(2, f"For member {kept}")]
    assert [(row.source, row.state, row.reason) for row in rows(shop)] == [
        ("a", "sent", None), ("b", "suppressed", "merged"), ("journey:c", "suppressed", "muted"),
        ("b", "sending", None), ("d", "suppressed", "no-consent"),
    ]  # fmt: skip


def test_nothing_is_left_to_say_to_a_person_who_was_forgotten(shop: Shop) -> None:
    ann = enrol_one(shop, "Ann")
    with shop.write() as session:
        content = add_content(session, "Hello {name}")
    plan(shop, message(shop, ann, ended=Ended("held_out")))
    plan(shop, message(shop, ann, occasion="2", content_id=content, filling={"name": "Ann"}))
    assert len(export_member(shop, ann)["deliveries"]) == 2
    forget_member(shop, Caller("staff:bo", "forget"), Forget(member_id=ann))
    assert [(row.state, row.text, row.filling) for row in rows(shop)] == [
        ("held_out", "", None), ("suppressed", None, None),
    ]  # fmt: skip
