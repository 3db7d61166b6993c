"""What members are spared, on both databases: in their own zone, by priority, by style, and what they muted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from core.db.mutes import mutes
from core.db.prepared import Prepared
from core.db.ticks import tick_runs, tick_skips
from core.insight.forecasts import Pace
from core.insight.members import MemberRef
from core.insight.mutes import muted
from core.insight.why_delivery import why_delivery
from core.rules.messaging import Caps
from core.rules.refusal import Refused
from core.services.campaigns.campaigning import CampaignRef
from core.services.campaigns.forecast_campaign import forecast_campaign
from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.deliveries.deliver import Policy, begin, turn
from core.services.deliveries.leaving import Outcome, Outgoing
from core.services.deliveries.mute import MuteWish, UnmuteWish, mute, unmute
from core.services.deliveries.senders import Lead
from core.services.members.export_member import export_member
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.once import Caller
from core.shop import Shop
from tests.bot.delivery.post import add_members, message, plan, rows
from tests.conftest import FrozenClock
from tests.services import campaigning
from tests.shopping import enrol_one

REAL = datetime(2030, 1, 1, tzinfo=UTC)
POLICY = Policy(Caps(per_day=1, per_week=3), care=Caps(per_day=1, per_week=7))
LEAD = Lead(42, "42:one")
JOURNEY = {"source": "journey:birthday", "kind": "care"}


@pytest.fixture(autouse=True)
def leading(shop: Shop) -> None:
    begin(shop, LEAD, POLICY, REAL, REAL + timedelta(seconds=6))


def sent(shop: Shop) -> list[Outgoing]:
    """What leaves in one turn, and arrives."""
    going = turn(shop, LEAD, [], 100, POLICY, REAL + timedelta(seconds=6)).outgoing
    turn(shop, LEAD, [Outcome(each, "sent", message_id=each.id) for each in going], 0, POLICY, REAL)
    assert all(isinstance(each, Outgoing) for each in going)
    return [each for each in going if isinstance(each, Outgoing)]


def ends(shop: Shop) -> list[tuple[Any, ...]]:
    return [(row.state, row.reason) for row in rows(shop)]


def by(key: str) -> Caller:
    return Caller("telegram:1", key)


def test_it_is_quiet_where_the_member_lives(shop: Shop) -> None:
    """Ten in the morning here is five in Honolulu, and five of the next day in Kiritimati."""
    quiet = {"quiet_from": 1320, "quiet_until": 420}
    (here,) = add_members(shop, [1], **quiet)
    (there,) = add_members(shop, [2], zone="Pacific/Honolulu", **quiet)
    plan(shop, message(shop, here), message(shop, there))
    assert [each.member_id for each in sent(shop)] == [here]
    assert rows(shop)[1].due_at == shop.now() + timedelta(hours=2)


def test_the_shops_quiet_hours_hold_for_who_set_none(shop: Shop, clock: FrozenClock) -> None:
    """From ten to eight: at 22:30 nothing goes but what members must know, to who wants none, and to who set others."""
    clock.set(datetime(2026, 3, 3, 3, 30, tzinfo=UTC))
    left, never, own, there = (
        *add_members(shop, [1], never_quiet=False),
        *add_members(shop, [2], never_quiet=True),
        *add_members(shop, [3], never_quiet=False, quiet_from=60, quiet_until=120),
        *add_members(shop, [4], never_quiet=False, zone="Pacific/Honolulu"),
    )
    plan(shop, *(message(shop, each) for each in (left, never, own, there)))
    plan(shop, message(shop, left, occasion="must", kind="transactional", purpose="membership"))
    plan(shop, message(shop, left, occasion="stale", expires_at=shop.now() + timedelta(hours=9)))
    assert {(each.member_id, each.kind) for each in sent(shop)} == {
        (left, "transactional"), (never, "promo"), (own, "promo"), (there, "promo"),
    }  # fmt: skip
    held = {row.occasion: (row.state, row.reason, row.due_at) for row in rows(shop) if row.member_id == left}
    assert held["1"] == ("planned", None, datetime(2026, 3, 3, 13, 0, tzinfo=UTC))
    assert held["stale"][:2] == ("suppressed", "quiet-hours")


def test_the_higher_priority_goes_and_the_lower_waits_or_yields(shop: Shop, clock: FrozenClock) -> None:
    (ann,) = add_members(shop, [1])
    soon, evening = shop.now() + timedelta(hours=30), shop.now() + timedelta(hours=8)
    plan(
        shop,
        message(shop, ann, occasion="waits", expires_at=soon, **JOURNEY),
        message(shop, ann, occasion="yields", expires_at=evening, **JOURNEY),
        message(shop, ann, occasion="goes", due_at=evening, priority=9, expires_at=soon, kind="care"),
    )
    assert sent(shop) == []
    assert ends(shop) == [("planned", None), ("suppressed", "yielded"), ("planned", None)]
    clock.move(hours=8)
    assert [each.source for each in sent(shop)] == ["campaign:1"]
    clock.move(hours=15, minutes=59)
    assert sent(shop) == []
    clock.move(minutes=1)
    assert [each.source for each in sent(shop)] == ["journey:birthday"]
    with shop.read() as session:
        runs = session.execute(select(tick_runs.c.sent).where(tick_runs.c.tick == "deliver")).scalars().all()
        skips = session.execute(select(tick_skips.c.reason, tick_skips.c.messages)).all()
    assert (sum(runs), skips) == (2, [("yielded", 1)])


def test_in_one_turn_the_higher_priority_goes_first(shop: Shop) -> None:
    (ann,) = add_members(shop, [1])
    plan(shop, message(shop, ann), message(shop, ann, occasion="2", priority=1))
    assert [each.id for each in sent(shop)] == [rows(shop)[1].id]
    assert ends(shop)[0] == ("suppressed", "frequency-cap")


def test_styles_change_how_many_and_how_explained(shop: Shop, clock: FrozenClock) -> None:
    styles = ("calm", "fast", "careful", "lively", None)
    ids = [add_members(shop, [number], style=style)[0] for number, style in enumerate(styles, 1)]
    got: list[int] = []
    for day in range(3):
        plan(shop, *(message(shop, each, occasion=str(day)) for each in ids))
        going = sent(shop)
        got += [each.member_id for each in going]
        assert [each.explained for each in going if each.member_id == ids[2]] in ([True], [])
        assert not any(each.explained for each in going if each.member_id != ids[2])
        clock.move(days=1)
    assert [got.count(each) for each in ids] == [1, 2, 2, 3, 3]


def test_what_is_muted_is_not_sent_also_when_it_was_planned_before(shop: Shop, clock: FrozenClock) -> None:
    ann, bo = add_members(shop, [1, 2])
    plan(shop, message(shop, ann, **JOURNEY), message(shop, ann, kind="transactional", occasion="must"))
    birthday = rows(shop)[0].id
    assert refused(shop, ann, birthday) == "unknown-message"  # nothing was sent yet
    for _ in range(2):
        sent(shop)
        clock.move(seconds=1)
    assert refused(shop, bo, birthday) == "unknown-message"
    assert refused(shop, ann, rows(shop)[1].id) == "unknown-message"
    plan(shop, *(message(shop, each, occasion="2", **JOURNEY) for each in (ann, bo)))
    for key in ("1", "2"):
        assert mute(shop, by(key), MuteWish(member_id=ann, delivery_id=birthday)).kind == "journey:birthday"
    assert [each.member_id for each in sent(shop)] == [bo]
    assert ends(shop)[2] == ("suppressed", "muted")
    unmute(shop, by("3"), UnmuteWish(member_id=ann, kind="journey:birthday"))
    with shop.read() as session:
        assert muted(session, ann) == []


def refused(shop: Shop, member_id: int, delivery_id: int) -> str:
    with pytest.raises(Refused) as raised:
        mute(shop, by(f"{member_id}:{delivery_id}"), MuteWish(member_id=member_id, delivery_id=delivery_id))
    with shop.read() as session:
        assert muted(session, member_id) == []
    return raised.value.refusal.reason


def test_what_a_person_muted_goes_with_the_person(shop: Shop) -> None:
    ann, other = enrol_one(shop, "Ann"), enrol_one(shop, "Anne")
    with shop.write() as session:
        kinds = [(ann, "campaign"), (other, "campaign"), (other, "journey:birthday")]
        session.execute(mutes.insert(), [{"member_id": who, "kind": kind, "at": shop.now()} for who, kind in kinds])
    wish = Merge(keep=MemberRef(id=ann), other=MemberRef(id=other), reason="the same")
    merge_members(shop, Caller("staff:bo", "merge"), wish)
    with shop.read() as session:
        assert muted(session, ann) == ["campaign", "journey:birthday"]
    assert [each["kind"] for each in export_member(shop, ann)["mutes"]] == ["campaign", "journey:birthday"]
    forget_member(shop, Caller("staff:bo", "forget"), Forget(member_id=ann))
    with shop.read() as session:
        assert session.execute(select(mutes)).all() == []


def test_what_left_for_a_card_counts_for_whom_it_was_merged_into(shop: Shop, clock: FrozenClock) -> None:
    """In the caps, in the forecast and in what is said of it: a person with two cards is one."""
    kept, old = campaigning.seat(shop, "Ann", 1), campaigning.seat(shop, "Anne", 2)
    campaigning.launched(shop, [old])
    plan_campaigns(shop)
    assert len(sent(shop)) == 1
    wish = Merge(keep=MemberRef(id=kept), other=MemberRef(id=old), reason="the same")
    merge_members(shop, Caller("staff:bo", "merge"), wish)
    clock.move(minutes=5)
    second = campaigning.launched(shop, [kept])
    plan_campaigns(shop)
    assert sent(shop) == []
    assert campaigning.ends(shop, f"campaign:{second}") == [("suppressed", "frequency-cap")]
    with shop.read() as session:
        told = why_delivery(shop, session, second, MemberRef(id=kept))
    assert [each.source for each in told.capped_by] == ["campaign:1"]
    third = CampaignRef(campaign=campaigning.drafted(shop, [kept]).id)
    told_before = forecast_campaign(shop, campaigning.by("staff:ann"), third, Pace(2, POLICY.caps, paid=False))
    assert (told_before.funnel.capped, told_before.funnel.to_send) == (1, 0)


def test_judging_fifty_members_takes_no_more_statements_than_one(shop: Shop) -> None:
    """Also where some have muted something, and messages of a higher priority are coming."""
    asked: list[int] = []
    for count in (1, 50):
        ids = add_members(shop, range(count * 10, count * 11))
        with shop.write() as session:
            session.execute(mutes.insert(), [{"member_id": ids[0], "kind": "journey:x", "at": shop.now()}])
        plan(shop, *(message(shop, each) for each in ids))
        plan(shop, *(message(shop, each, occasion="2", priority=3) for each in ids[:1]))
        asked.append(_statements(shop, count))
    assert asked[1] <= asked[0]


def _statements(shop: Shop, count: int) -> int:
    """Of the turns in which so many leave; the prepared ones pass SQLAlchemy's events by."""
    seen: list[object] = []

    def note(*given: object) -> None:
        seen.append(given)

    def noting(plain: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any) -> Any:
            seen.append(given)
            return plain(*given)

        return noted

    event.listen(shop.database.engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("all", "run"):
            patch.setattr(Prepared, name, noting(getattr(Prepared, name)))
        assert len(sent(shop)) == count
    event.remove(shop.database.engine, "before_cursor_execute", note)
    return len(seen)
