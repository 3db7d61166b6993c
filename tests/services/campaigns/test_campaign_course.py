"""A launched campaign on its course: planned in chunks, with coupons, watched by its canary, held back, called off."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core.db.coupons import coupon_events, coupons
from core.db.deliveries import deliveries
from core.insight.campaigns import campaign_deliveries, progress
from core.services.books.audit import audit
from core.services.campaigns import plan_campaigns as planning
from core.services.campaigns.cancel_campaign import cancel_campaign
from core.services.campaigns.launch_campaign import launch_campaign
from core.services.campaigns.pause_campaign import pause_campaign
from core.services.campaigns.plan_campaigns import plan_campaign, plan_campaigns
from core.services.campaigns.resume_campaign import resume_campaign
from core.services.common import MemberRef
from core.services.deliveries.plan_deliveries import plan_deliveries
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.rewards.issue_coupon import CouponIssue, issue_coupon
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.services.campaigning import (
    BO,
    answer,
    approved,
    block,
    by,
    change_member,
    crowd,
    do,
    ends,
    launched,
    rows,
    view,
)

CANARY = {"first": 4, "worst": 2_500}


@pytest.fixture
def in_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "CHUNK", 2)
    monkeypatch.setattr(planning, "COUPONS_A_CHUNK", 2)


def died(shop: Shop, monkeypatch: pytest.MonkeyPatch, at: int) -> int:
    """How many rows there are once a planner has died in the middle of its chunk number `at`."""
    plan, chunks = plan_deliveries, 0

    def sometimes(*given: Any) -> int:
        nonlocal chunks
        chunks += 1
        made = plan(*given)
        if chunks == at:
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr("core.services.campaigns.plan_campaigns.plan_deliveries", sometimes)
    with pytest.raises(KeyboardInterrupt):
        plan_campaigns(shop)
    monkeypatch.setattr("core.services.campaigns.plan_campaigns.plan_deliveries", plan)
    return len(rows(shop))


def test_a_planner_that_died_is_followed_by_one_that_goes_on(
    club: Shop, in_twos: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every recipient once, a coupon each, within the limits of the template."""
    ids = crowd(club, 13)
    issue_coupon(club, by(BO), CouponIssue(member=MemberRef(id=ids[1]), template="ten", source="staff:bo"))
    launched(club, ids, "{name}: {coupon_code} ({coupon_name}) till {coupon_until}", coupon="ten")
    written = died(club, monkeypatch, 3)
    assert (written, view(club, 1).planned_to) == (4, ids[3])  # two chunks are whole, of the third there is nothing
    forget_member(club, by(BO), Forget(member_id=ids[5]))
    assert plan_campaigns(club).planned == 8
    assert plan_campaigns(club).planned == 0
    assert Counter(ends(club)) == {
        ("planned", None): 9, ("suppressed", "coupon-limit-per-member"): 1, ("suppressed", "coupon-limit-total"): 2,
    }  # fmt: skip
    with club.read() as session:
        given = {row.member_id: row for row in session.execute(select(coupons).where(coupons.c.source == "campaign:1"))}
        events = session.execute(select(coupon_events.c.kind, coupon_events.c.actor)).all()
    going = [row for row in rows(club) if row.state == "planned"]
    assert {row.member_id for row in going} == set(given) == set(ids[:11]) - {ids[1], ids[5]}
    for row in going:
        assert row.filling["coupon_code"] == given[row.member_id].code
    assert (going[0].filling["coupon_name"], going[0].filling["coupon_until"]) == ("10 off", "Mar 8, 2026")
    assert Counter(tuple(each) for each in events) == {("issued", "scheduler"): 9, ("issued", BO): 1}
    assert audit(club).differences == []


def test_what_has_expired_before_it_is_planned_gets_no_coupon(club: Shop, clock: FrozenClock) -> None:
    """A campaign held back over a weekend: what was due west of it is still in time."""
    east, west = crowd(club, 2)
    change_member(club, east, zone="Asia/Shanghai")
    change_member(club, west, zone="America/New_York")
    launched(club, [east, west], "{name}: {coupon_code}", coupon="ten", schedule={"local": "2026-03-03T12:00"})
    do(club, pause_campaign, 1)
    clock.set(datetime(2026, 3, 5, 4, tzinfo=UTC))  # noon in Shanghai, and 48 hours
    do(club, resume_campaign, 1)
    assert plan_campaigns(club).planned == 2
    assert ends(club) == [("expired", None), ("planned", None)]
    first = rows(club)[0]
    assert (first.ended_at, first.filling) == (club.now(), None)
    with club.read() as session:
        assert list(session.execute(select(coupons.c.member_id)).scalars()) == [west]


def test_who_was_named_and_merged_since_is_the_one_who_was_kept(shop: Shop) -> None:
    kept, other, forgotten = crowd(shop, 3)
    approved(shop, [other, forgotten])
    merge_members(shop, by(BO), Merge(keep=MemberRef(id=kept), other=MemberRef(id=other), reason="One person"))
    forget_member(shop, by(BO), Forget(member_id=forgotten))
    do(shop, launch_campaign, 1)
    plan_campaigns(shop)
    assert [(row.member_id, row.state) for row in rows(shop)] == [(kept, "planned")]


def test_where_it_is_due_only_after_the_end_no_coupon_is_issued(club: Shop, clock: FrozenClock) -> None:
    here, west = crowd(club, 2)
    change_member(club, west, zone="America/Los_Angeles")
    times = {"schedule": {"local": "2026-03-03T12:00"}, "ends_at": "2026-03-03T20:00:00Z"}  # noon there, to the second
    launched(club, [here, west], "{name}: {coupon_code}", coupon="ten", **times)
    clock.set(datetime(2026, 3, 3, 4, tzinfo=UTC))
    assert plan_campaigns(club).planned == 2
    assert ends(club) == [("planned", None), ("expired", None)]
    with club.read() as session:
        assert list(session.execute(select(coupons.c.member_id)).scalars()) == [here]


def test_whom_a_campaign_has_not_come_to_by_its_end_is_recorded_as_expired(club: Shop, clock: FrozenClock) -> None:
    crowd(club, 3)
    ends_at = (clock.now() + timedelta(hours=2)).isoformat()
    launched(club, [1, 2, 3], "{name}: {coupon_code}", coupon="ten", ends_at=ends_at)
    do(club, pause_campaign, 1)
    clock.move(hours=2)
    do(club, resume_campaign, 1)
    assert (plan_campaigns(club).planned, view(club, 1).status) == (3, "finished")
    assert ends(club) == [("expired", None)] * 3
    with club.read() as session:
        assert session.execute(select(coupons.c.id)).all() == []


def test_two_planners_at_once_plan_nothing_twice(shop: Shop, in_twos: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = crowd(shop, 4)
    launched(shop, ids)
    prepared, nested = planning._prepared, list[bool]()

    def slowly(*given: Any) -> Any:
        ready = prepared(*given)
        if not nested:
            nested.append(True)
            plan_campaign(shop, 1)  # the other one is through before this one writes
        return ready

    monkeypatch.setattr(planning, "_prepared", slowly)
    plan_campaigns(shop)
    assert [row.member_id for row in rows(shop)] == ids
    assert view(shop, 1).planned_at is not None


def test_the_canary_lets_the_rest_go_or_stops_it_by_itself(shop: Shop, in_twos: None, clock: FrozenClock) -> None:
    ids = crowd(shop, 9)
    block(shop, ids[0])  # he is no answer: it was known before
    launched(shop, ids, canary=CANARY)
    assert plan_campaigns(shop).planned == 5
    answer(shop, "sent", *ids[1:4])
    assert plan_campaigns(shop).planned == 0  # one has no answer yet
    answer(shop, "blocked", ids[4])
    assert plan_campaigns(shop).planned == 4
    assert view(shop, 1).canary_left is None
    launched(shop, ids, canary=CANARY)
    plan_campaigns(shop)
    answer(shop, "failed", ids[1], ids[2])
    assert plan_campaigns(shop).stopped == 1  # two of four, whatever the others say
    stopped = view(shop, 2)
    assert (stopped.status, stopped.paused_reason) == ("paused", "canary")
    assert Counter(ends(shop, "campaign:2")) == {("blocked", None): 1, ("failed", None): 2, ("paused", None): 2}
    assert plan_campaigns(shop).planned == 0
    do(shop, resume_campaign, 2, BO)
    assert plan_campaigns(shop).planned == 4
    assert view(shop, 2).canary_left is None


def test_a_canary_none_of_whom_could_be_asked_is_followed_by_another(shop: Shop, clock: FrozenClock) -> None:
    ids = crowd(shop, 6)
    launched(shop, ids, canary={"first": 2})
    plan_campaigns(shop)
    with shop.write() as session:
        session.execute(update(deliveries).values(state="suppressed", reason="frequency-cap", ended_at=shop.now()))
    plan_campaigns(shop)
    assert Counter(ends(shop)) == {("suppressed", "frequency-cap"): 2, ("planned", None): 2}
    with shop.write() as session:  # put off as for quiet hours: nothing is known yet
        later = update(deliveries).where(deliveries.c.state == "planned")
        session.execute(later.values(due_at=shop.now() + timedelta(hours=1)))
    assert plan_campaigns(shop).planned == 0


def test_held_back_at_any_moment_and_called_off_for_good(
    shop: Shop, in_twos: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = crowd(shop, 6)
    launched(shop, ids)
    written = died(shop, monkeypatch, 2)
    assert do(shop, pause_campaign, 1).status == "paused"
    assert (written, ends(shop)) == (2, [("paused", None)] * 2)
    assert plan_campaigns(shop).planned == 0
    assert do(shop, resume_campaign, 1).status == "launched"
    assert ends(shop) == [("planned", None)] * 2
    prepared = planning._prepared

    def called_off_meanwhile(*given: Any) -> Any:
        ready = prepared(*given)
        do(shop, cancel_campaign, 1)
        return ready

    monkeypatch.setattr(planning, "_prepared", called_off_meanwhile)
    assert plan_campaigns(shop).planned == 0
    assert ends(shop) == [("suppressed", "cancelled")] * 2
    assert (view(shop, 1).status, view(shop, 1).ended_at) == ("cancelled", shop.now())
    assert plan_campaigns(shop).ended == 0


def test_what_died_on_the_way_is_put_right(shop: Shop, clock: FrozenClock) -> None:
    """A resume whose process died before it had moved the rows; an end that passed; a segment that is gone."""
    ids = crowd(shop, 3)
    launched(shop, ids[:2])
    plan_campaigns(shop)
    with shop.write() as session:
        session.execute(update(deliveries).where(deliveries.c.member_id == ids[0]).values(state="paused"))
    plan_campaigns(shop)
    assert ends(shop) == [("planned", None)] * 2
    launched(shop, ids, schedule={"at": shop.now() + timedelta(hours=1)}, ends_at=shop.now() + timedelta(hours=2))
    clock.move(hours=3)
    assert plan_campaigns(shop).planned == 3
    assert (ends(shop, "campaign:2"), view(shop, 2).status) == ([("expired", None)] * 3, "finished")
    with shop.read() as session:
        told = progress(session, 1)
        page = campaign_deliveries(session, 1, None, 1)
        rest = campaign_deliveries(session, 1, page[-1].id, 5, "planned")
    assert (told.recipients, told.open, told.left, told.planning_done) == (2, 2, 0, True)
    assert [(each.state, each.count) for each in told.states] == [("planned", 2)]
    assert [(each.member_id, each.arm, each.language) for each in [*page, *rest]] == [
        (ids[1], "a", "en"), (ids[0], "a", "en"),
    ]  # fmt: skip
    change_member(shop, ids[0], forgotten_at=shop.now())  # while the message was being planned
    answer(shop, "sent", *ids[:2])
    assert plan_campaigns(shop).ended == 1
    assert [row.filling for row in rows(shop)] == [None, {"name": "Member 2"}]
