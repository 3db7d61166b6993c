"""What may have arrived, and what certainly did not, on both databases, without Telegram."""

from __future__ import annotations

from sqlalchemy import insert

from core.db.journeys import journey_marks
from core.insight.amendments import amendments_of
from core.insight.campaigns import progress
from core.services.care.plan_care import plan_care
from core.services.deliveries.deliver import turn
from core.services.deliveries.leaving import Outcome, Outgoing
from core.services.deliveries.pause_source import cancel_source, pause_source
from core.services.deliveries.tapped import tapped
from core.services.members.forget_member import Forget, forget_member
from core.services.once import Caller
from core.shop import Shop
from core.words.deliveries import delivery_words
from tests.bot.delivery.post import add_members, message, plan, rows, states
from tests.campaigns import content, launched, planned
from tests.conftest import FrozenClock
from tests.services.campaigning import block, seat
from tests.services.deliveries.test_amend import EN, approved, correction, ends, left, recalled, told
from tests.services.deliveries.test_deliver import ONE, POLICY, TWO, claimed, leading, lease, recorded

NO_ANSWER = "no answer in time"


def doubtful(shop: Shop, *sources: str) -> list[Outgoing]:
    """A transactional message of each source, to somebody else each, that left and is planned once more."""
    ids = [seat(shop, f"Member {number}", number) for number in range(1, len(sources) + 1)]
    plan(
        shop,
        *(message(shop, each, kind="transactional", source=source) for each, source in zip(ids, sources, strict=True)),
    )
    leading(shop)
    going = claimed(shop)
    recorded(shop, *(Outcome(each, "in_doubt", error=NO_ANSWER) for each in going))
    assert states(shop) == ["planned"] * len(sources)
    return going


def test_what_left_once_and_is_called_off_stays_in_doubt(shop: Shop, clock: FrozenClock) -> None:
    sources = ["campaign:1", "campaign:2", "journey:gone", "a", "b", "c", "d"]
    first, late, _, forgotten, blocked, refused, failing = doubtful(shop, *sources)
    assert cancel_source(shop, "campaign:1") == 1
    pause_source(shop, "campaign:2")
    with shop.write() as session:
        session.execute(insert(journey_marks).values(journey="gone", planned_until=shop.now()))
    plan_care(shop)
    forget_member(shop, Caller("staff:bo", "forget"), Forget(member_id=forgotten.member_id))
    block(shop, blocked.member_id)
    clock.move(seconds=1)
    again = [each for each in claimed(shop) if each.kind == "transactional"]
    assert [(each.id, each.doubts) for each in again] == [(refused.id, 1), (failing.id, 1)]
    recorded(shop, Outcome(again[0], "blocked", error="Forbidden"), Outcome(again[1], "again", error="Flood", wait_s=9))
    cancel_source(shop, "campaign:2")
    clock.move(days=1)
    claimed(shop)
    found = rows(shop)[: len(sources)]
    assert [(row.state, row.reason, row.ended_at is None) for row in found] == [("in_doubt", None, False)] * 7
    assert [row.error for row in found] == [
        *[NO_ANSWER] * 5, *(f"an earlier request was not answered; then: {said}" for said in ("Forbidden", "Flood"))
    ]  # fmt: skip
    assert delivery_words(None, found[0]._mapping, "en").startswith("It may have arrived")
    assert tapped(shop, first.id, first.member_id, 9)
    recorded(shop, Outcome(late, "sent", message_id=8))  # it was only slow
    assert [(row.state, row.message_id) for row in rows(shop)[:2]] == [("sent", 9), ("sent", 8)]


def test_a_late_answer_settles_also_what_was_planned_once_more(shop: Shop) -> None:
    """The first sender was only slow: its answers tell of the very request that the second one knows nothing of."""
    ids = add_members(shop, [1, 2, 3])
    plan(shop, *(message(shop, each, kind="transactional") for each in ids))
    leading(shop, ONE)
    sent, waits, other = claimed(shop)
    leading(shop, TWO, 6)
    assert states(shop) == ["planned"] * 3
    late = [Outcome(sent, "sent", message_id=5), Outcome(waits, "again", error="Flood", wait_s=9)]
    assert not turn(shop, ONE, late, 9, POLICY, lease(12)).leads
    assert [(row.state, row.message_id, row.doubts, row.left_at is None) for row in rows(shop)] == [
        ("sent", 5, 0, False), ("planned", None, 0, True), ("planned", None, 1, False)
    ]  # fmt: skip
    assert other.doubts == 0


def test_what_a_lost_commit_marked_is_planned_as_before(shop: Shop, clock: FrozenClock) -> None:
    """The sender has in hand what it knows of; the rest it never heard of, and so never sent."""
    ids = add_members(shop, [1, 2, 3, 4])
    plan(shop, *(message(shop, each, kind="transactional") for each in ids))
    leading(shop)
    (again,) = claimed(shop, 1)
    recorded(shop, Outcome(again, "in_doubt", error=NO_ANSWER))
    clock.move(seconds=2)
    out, lost = claimed(shop, 2), claimed(shop, 1)
    assert [each.chat_id for each in (*out, *lost)] == [1, 2, 3]
    sent = Outcome(out[1], "sent", message_id=5)
    for _ in range(2):  # the first one's answer is lost, too: it recorded and marked, and is none the wiser
        done = turn(shop, ONE, [sent], 2, POLICY, lease(6), [*out])
        assert [(each.chat_id, each.doubts) for each in done.outgoing if isinstance(each, Outgoing)] == [(3, 0), (4, 0)]
    assert [(row.state, row.left_at is None) for row in rows(shop)] == [
        ("sending", False), ("sent", False), ("sending", False), ("sending", False)
    ]  # fmt: skip
    assert turn(shop, ONE, [], 0, POLICY, lease(6), []).outgoing == []
    assert [(row.state, row.doubts, row.left_at is None) for row in rows(shop)] == [
        ("planned", 1, False), ("sent", 0, False), ("planned", 0, True), ("planned", 0, True)
    ]  # fmt: skip


def test_a_change_that_a_lost_commit_marked_is_asked_for_as_before(shop: Shop) -> None:
    ids = add_members(shop, [1, 2])
    campaign_id = launched(shop, ids, [content("5 off")])
    planned(shop, campaign_id, dict.fromkeys(ids, EN))
    leading(shop)
    messages, _ = left(shop)
    told(shop, *(Outcome(each, "sent", message_id=each.chat_id) for each in messages))
    approved(shop, correction(shop, campaign_id, "4 off"))
    _, (out,) = left(shop, 1)
    _, (lost,) = left(shop, 1)
    done = turn(shop, ONE, [], 5, POLICY, lease(6), [out, *messages])
    assert done.outgoing == [lost]
    assert ends(shop) == [("sending", None)] * 2


def test_a_recall_knows_of_what_is_planned_once_more(shop: Shop, clock: FrozenClock) -> None:
    ann, bo = add_members(shop, [1, 2])
    campaign_id = launched(shop, [ann, bo], [content("5 off")], kind="transactional", holdout=0)
    planned(shop, campaign_id, {ann: EN, bo: EN}, kind="transactional")
    leading(shop)
    mine, slow = claimed(shop)
    recorded(shop, Outcome(mine, "in_doubt", error=NO_ANSWER))
    approved(shop, correction(shop, campaign_id, "4 off"))
    assert left(shop, 0) == ([], [])
    leading(shop, TWO, 6)
    recalled(shop, campaign_id)
    assert states(shop) == ["in_doubt"] * 2
    clock.move(seconds=3)
    assert left(shop, lead=TWO) == ([], [])
    assert ends(shop) == [("replaced", None), ("replaced", None), ("in_doubt", None), ("in_doubt", None)]
    assert not turn(shop, ONE, [Outcome(slow, "sent", message_id=7)], 9, POLICY, lease(12)).leads
    assert tapped(shop, mine.id, ann, 9)
    _, changes = left(shop, lead=TWO)
    assert sorted((each.message_id, each.way) for each in changes) == [(7, "delete"), (9, "delete")]
    told(shop, *(Outcome(each, "sent", how="deleted") for each in changes), lead=TWO)
    with shop.read() as session:
        seen = amendments_of(session, campaign_id)
        assert progress(session, campaign_id).left == 2
    assert [each.model_dump() for each in seen[1].messages] == [{"state": "done", "outcome": "deleted", "count": 2}]
