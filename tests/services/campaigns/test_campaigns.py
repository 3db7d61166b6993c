"""Campaigns from draft to launch, and what stops them, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from core.db.campaigns import campaign_contents
from core.db.facts import segments
from core.db.staff import audit_logs
from core.insight.campaign_preview import preview
from core.insight.forecasts import Forecast, Pace, comparison
from core.insight.members import MemberRef, member_of
from core.rules.campaigns import arm_of, held_out, in_control
from core.rules.messaging import Caps
from core.rules.refusal import Refused
from core.services.books.adjust import Adjustment, adjust
from core.services.campaigns.approve_campaign import Approval, approve_campaign
from core.services.campaigns.campaigning import CampaignRef
from core.services.campaigns.cancel_campaign import cancel_campaign
from core.services.campaigns.change_campaign import CampaignChange, change_campaign
from core.services.campaigns.draft_campaign import CampaignForm, draft_campaign
from core.services.campaigns.forecast_campaign import forecast_campaign
from core.services.campaigns.launch_campaign import launch_campaign
from core.services.campaigns.plan_campaigns import PlanReport, plan_campaign, plan_campaigns
from core.services.campaigns.request_approval import request_approval
from core.services.campaigns.resume_campaign import resume_campaign
from core.services.campaigns.send_test import CampaignTest, send_test
from core.services.segments.refresh_facts import refresh_facts
from core.services.segments.save_segment import SegmentDraft, save_segment
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.services.campaigning import (
    ANN,
    BO,
    answer,
    approved,
    block,
    by,
    change_member,
    crowd,
    do,
    drafted,
    ends,
    launched,
    rows,
    seat,
    view,
)
from tests.shopping import dump

OF_BOTH = [
    {
        "language": "en",
        "text": "<b>{name}</b>: {points} points, {tier}, {expiring_points|0} till {expires_on|never}",
    },
    {"language": "zh-Hans", "text": "{name}：{points} 分，{tier}，{days_to_expiry|-} 天"},
]


@contextmanager
def refused(shop: Shop, reason: str, **facts: Any) -> Iterator[None]:
    """And nothing has changed."""
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        yield
    found = caught.value.refusal
    assert found.reason == reason
    assert facts.items() <= found.facts.items()
    assert dump(shop) == before


def test_a_campaign_is_drafted_approved_by_another_person_and_launched_once(shop: Shop) -> None:
    ids = crowd(shop, 2)
    head = drafted(shop, ids, holdout=None)
    assert (head.status, view(shop, head.id).holdout, view(shop, head.id).arms) == ("draft", 500, {"a": 10_000})
    with refused(shop, "campaign-in-another-state", status="draft", needed=["approved"]):
        do(shop, launch_campaign, head.id)
    assert do(shop, request_approval, head.id).status == "awaiting_approval"
    with refused(shop, "own-campaign", by="admin:Ann "):  # whatever the key may do
        approve_campaign(shop, by("admin:Ann "), Approval(campaign=head.id, sha256=head.sha256))
    with refused(shop, "campaign-changed"):
        approve_campaign(shop, by(BO), Approval(campaign=head.id, sha256="0" * 64))
    approve_campaign(shop, by(BO), Approval(campaign=head.id, sha256=head.sha256))
    changed = change_campaign(shop, by("staff:cy"), CampaignChange(campaign=head.id, holdout=0))
    assert (changed.status, view(shop, head.id).approved_by) == ("draft", None)
    assert changed.sha256 != head.sha256
    do(shop, request_approval, head.id)
    with refused(shop, "own-campaign"):
        approve_campaign(shop, by("staff:cy"), Approval(campaign=head.id, sha256=changed.sha256))
    approve_campaign(shop, by(BO), Approval(campaign=head.id, sha256=changed.sha256))
    launch = by(ANN)
    assert launch_campaign(shop, launch, CampaignRef(campaign=head.id)).status == "launched"
    assert launch_campaign(shop, launch, CampaignRef(campaign=head.id)).status == "launched"  # the same wish again
    with refused(shop, "campaign-in-another-state", status="launched"):
        do(shop, launch_campaign, head.id, BO)
    with refused(shop, "campaign-in-another-state"):
        change_campaign(shop, by(ANN), CampaignChange(campaign=head.id, name="Late"))
    with shop.read() as session:
        noted = session.execute(select(audit_logs.c.actor, audit_logs.c.action).order_by(audit_logs.c.id)).all()
    assert [tuple(each) for each in noted if "campaign" in each.action or "approval" in each.action] == [
        (ANN, "draft_campaign"), (ANN, "request_approval"), (BO, "approve_campaign"), ("staff:cy", "change_campaign"),
        (ANN, "request_approval"), (BO, "approve_campaign"), (ANN, "launch_campaign"),
    ]  # fmt: skip


def test_what_cannot_be_sent_is_refused_before_anything_is(small_shop: Shop) -> None:
    shop = small_shop
    ann, bo = crowd(shop, 2)
    change_member(shop, ann, store="north")
    for text, reason in (
        ("Hello {nmae}", "message-placeholder-unknown"),
        ("{coupon_code}", "message-placeholder-unknown"),  # there is no coupon
        ("<b>Hello", "message-html-invalid"),
    ):
        with refused(shop, reason, content="a, en"):
            drafted(shop, [ann], text)
    for wrong, reason in (
        ({"coupon": "moon"}, "coupon-template-unknown"),
        ({"contents": [{"text": "x", "buttons": [[{"text": "Go", "claim": "moon"}]]}]}, "offer-unknown"),
        ({"kind": "transactional", "holdout": 5}, "campaign-holdout-of-transactional"),
        ({"schedule": {"local": "2026-12-01T10:00"}, "canary": {"first": 1}}, "campaign-canary-local"),
        ({"audience": {"segment": "moon"}}, "segment-unknown"),
        ({"arms": {"b": 10_000}}, "campaign-arms-invalid"),
        ({"contents": [{"language": "zh", "text": "x"}]}, "language-unknown"),
    ):
        with refused(shop, reason):
            drafted(shop, [ann], **wrong)
    with pytest.raises(ValidationError, match="give exactly one"):
        CampaignForm.model_validate({"name": "x", "audience": {}, "contents": [{"text": "x"}]})
    past = shop.now() - timedelta(minutes=1)
    for form, reason in (
        ({"ids": [999]}, "campaign-audience-empty"),
        ({"schedule": {"at": past}}, "campaign-in-the-past"),
        ({"ends_at": shop.now()}, "campaign-ends-before"),
    ):
        head = drafted(shop, **({"ids": [ann]} | form))
        with refused(shop, reason):
            do(shop, request_approval, head.id)
    card = card_of(shop, bo)
    for text, reason, ids in (
        ("In {store}", "message-placeholder-unfilled", [ann, bo]),
        ("x" * 4_053 + "{name} {name} {name} {name} {name}", "message-text-too-long", [bo]),
    ):
        head = drafted(shop, ids, text)
        with refused(shop, reason, card=card, content="a, en"):
            do(shop, request_approval, head.id)
        assert forecast_campaign(shop, by(ANN), CampaignRef(campaign=head.id)).misfit is not None
    assert rows(shop) == []


def card_of(shop: Shop, member_id: int) -> str:
    with shop.read() as session:
        return member_of(session, MemberRef(id=member_id)).card_number


def test_a_campaign_that_would_reach_nobody_is_laid_before_nobody(shop: Shop) -> None:
    """Nor launched, where nobody is left to be reached since it was approved."""
    ids = [seat(shop, "Lonely"), *crowd(shop, 1)]
    campaign_id = approved(shop, ids)
    block(shop, ids[1])
    with refused(shop, "campaign-reaches-nobody", campaign=campaign_id, matched=2):
        do(shop, launch_campaign, campaign_id)
    alone = drafted(shop, ids[:1]).id
    with refused(shop, "campaign-reaches-nobody", campaign=alone, matched=1):
        do(shop, request_approval, alone)


def test_every_member_is_planned_once_in_words_of_their_own(small_shop: Shop, clock: FrozenClock) -> None:
    shop = small_shop
    ann = seat(shop, "Ann", 1, language="en", zone="America/New_York")
    bo = seat(shop, "Bo", 2, language="zh-Hans", zone="Asia/Shanghai")
    cy = seat(shop, "Cy", 3, consents=[])
    dee, eve = seat(shop, "Dee"), seat(shop, "Eve", 5)
    block(shop, eve)
    adjust(shop, by(BO), Adjustment(member=MemberRef(id=ann), points=1500, reason="gift"))
    at_ten = {"local": "2026-03-03T10:00"}
    campaign_id = launched(shop, [ann, bo, cy, dee, eve], contents=OF_BOTH, schedule=at_ten)
    assert plan_campaigns(shop).planned == 0
    assert rows(shop) == []
    clock.set(datetime.fromisoformat("2026-03-02T20:00Z"))  # ten o'clock where the day begins first
    assert plan_campaigns(shop).planned == 5
    assert plan_campaigns(shop).planned == 0
    found = rows(shop)
    assert ends(shop) == [
        ("planned", None), ("planned", None), ("suppressed", "no-consent"), ("suppressed", "no-chat"),
        ("blocked", None),
    ]  # fmt: skip
    assert [row.due_at.isoformat() for row in found[:2]] == ["2026-03-03T15:00:00+00:00", "2026-03-03T02:00:00+00:00"]
    assert found[0].filling == {
        "name": "Ann", "points": "1,500", "tier": "Basic", "expiring_points": "1,500", "expires_on": "Mar 2, 2027",
        "days_to_expiry": "365",
    }  # fmt: skip
    assert found[1].filling == {"name": "Bo", "points": "0", "tier": "普通"}
    assert (found[0].expires_at - found[0].due_at, found[0].kind, found[0].purpose) == (
        timedelta(hours=48), "promo", "offers",
    )  # fmt: skip
    assert view(shop, campaign_id).status == "launched"
    answer(shop, "sent", ann, bo)
    assert plan_campaigns(shop).ended == 1
    assert (view(shop, campaign_id).status, view(shop, campaign_id).ended_at) == ("finished", shop.now())


def test_chance_leaves_out_who_it_always_leaves_out_and_shares_the_contents(shop: Shop) -> None:
    ids = crowd(shop, 12)
    contents = [{"arm": arm, "language": "en", "text": f"{arm} {{name}}"} for arm in "ab"]
    launched(shop, ids, contents=contents, holdout=3_000)
    plan_campaigns(shop)
    with shop.read() as session:
        arms = {row.content_id: row.arm for row in session.execute(select(campaign_contents))}
    out = {each for each in ids if held_out(1, each, 3_000)}
    assert 0 < len(out) < 12
    for row in rows(shop):
        control = in_control(row.member_id, 100)
        why = "control" if control else "holdout" if row.member_id in out else None
        assert (row.state, row.reason) == ("planned" if why is None else "held_out", why)
        assert arms[row.content_id] == arm_of(1, row.member_id, {"a": 5_000, "b": 5_000})
    assert set(arms.values()) == {"a", "b"}


def test_a_forecast_is_held_against_what_happened(shop: Shop, clock: FrozenClock) -> None:
    ids = crowd(shop, 6)
    change_member(shop, ids[0], allow_offers=False)
    change_member(shop, ids[1], quiet_from=600, quiet_until=660)  # it is 10 o'clock
    change_member(shop, ids[2], zone="Asia/Shanghai", never_quiet=True)
    block(shop, ids[3])
    lonely = seat(shop, "Lonely")
    first = launched(shop, [ids[4]])
    plan_campaigns(shop)
    answer(shop, "sent", ids[4])
    campaign_id = drafted(shop, [*ids, lonely, 999], holdout=1).id
    told = forecast_campaign(shop, by(ANN), CampaignRef(campaign=campaign_id), Pace(2, Caps(1, 3), paid=True))
    assert told.funnel.model_dump() == {
        "matched": 7, "no_chat": 1, "blocked": 1, "no_consent": 1, "control_group": 0, "held_out": 0, "muted": 0,
        "expired": 0, "quiet": 0, "capped": 1, "to_send": 3, "quiet_now": 1,
    }  # fmt: skip
    assert [(each.arm, each.language, each.to_send) for each in told.shares] == [("a", "en", 3)]
    now = shop.now()
    assert [(each.zone, each.to_send, each.done_at - now) for each in told.zones] == [
        ("America/New_York", 2, timedelta(hours=1, seconds=1)), ("Asia/Shanghai", 1, timedelta(seconds=2)),
    ]  # fmt: skip
    assert (told.stars_tenths, told.misfit, told.per_second) == (0, None, 2)
    do(shop, request_approval, campaign_id)
    approve_campaign(shop, by(BO), Approval(campaign=campaign_id, sha256=told.sha256))
    do(shop, launch_campaign, campaign_id)
    plan_campaigns(shop)
    answer(shop, "sent", ids[2], ids[5])
    answer(shop, "failed", ids[1])
    with shop.read() as session:
        items = {each.item: (each.forecast, each.happened) for each in comparison(session, campaign_id).items}
        assert comparison(session, first).forecast_at is None
    assert items == {
        "matched": (7, 7), "no_chat": (1, 1), "blocked": (1, 1), "no_consent": (1, 1), "control_group": (0, 0),
        "held_out": (0, 0),
        "expired": (0, 0), "muted": (0, 0), "quiet": (0, 0), "capped": (1, 0), "to_send": (3, 2), "failed": (0, 1),
        "planned": (0, 1),
    }  # fmt: skip
    assert Forecast.model_validate(view(shop, campaign_id).forecast) == told


def test_a_test_goes_to_who_was_chosen_and_counts_for_nothing(shop: Shop) -> None:
    ann, bo = crowd(shop, 2)
    change_member(shop, bo, quiet_from=0, quiet_until=1_439)
    contents = [{"arm": arm, "text": f"{arm}: {{name}} {{coupon_code}}"} for arm in "ab"]
    head = drafted(shop, [ann], contents=contents, coupon=template(shop))
    wish = CampaignTest(campaign=head.id, to=[MemberRef(id=bo)])
    assert send_test(shop, by(ANN), wish).model_dump() == {"campaign": 1, "number": 1, "planned": 2}
    assert send_test(shop, by(ANN), CampaignTest(campaign=1, to=[MemberRef(id=bo)], arm="b")).number == 2
    with refused(shop, "campaign-arm-unknown", known=["a", "b"]):
        send_test(shop, by(ANN), CampaignTest(campaign=1, to=[MemberRef(id=bo)], arm="c"))
    found = rows(shop, "campaign:1:test")
    assert [(row.occasion, row.text, row.kind, row.purpose) for row in found] == [
        ("1:a", "a: Member 2 ABCD3467EF", "transactional", "offers"),
        ("1:b", "b: Member 2 ABCD3467EF", "transactional", "offers"),
        ("2:b", "b: Member 2 ABCD3467EF", "transactional", "offers"),
    ]
    assert view(shop, 1).status == "draft"


def template(shop: Shop) -> str:
    with shop.reading() as (_, program):
        return program.coupons[0].id


def test_a_preview_shows_each_language_and_each_example(shop: Shop) -> None:
    ann, bo = seat(shop, "A&B", 1, language="en"), seat(shop, "Bo", 2, language="zh-Hans", consents=[])
    contents = [
        {"language": "en", "text": "Hi {name}", "photo": "photo-1", "buttons": [[{"text": "x", "open": "offers"}]]},
        {"language": "zh-Hans", "text": "{store}"},
    ]  # fmt: skip
    head = drafted(shop, [ann, bo], contents=contents)
    with shop.read() as session:
        told = preview(shop, session, head.id, [MemberRef(id=ann), MemberRef(id=bo)])
        own = preview(shop, session, head.id)
    assert [(each.member, each.language, each.text, each.length, each.most, each.why_not, each.reason)
            for each in told.seen] == [
        (None, "en", "Hi {name}", None, 1024, None, None),
        (None, "zh-Hans", "{store}", None, 4096, None, None),
        (ann, "en", "Hi A&amp;B", 6, 1024, None, None),
        (bo, "zh-Hans", None, None, 4096, "message-placeholder-unfilled", "no-consent"),
    ]  # fmt: skip
    assert told.seen[0].buttons == [[{"text": "x", "data": "offers"}]]
    assert [each.member for each in own.seen] == [None, None, ann]
    assert told.sha256 == head.sha256


def test_a_campaign_whose_audience_asks_something_else_is_not_launched(shop: Shop) -> None:
    """A saved segment is part of what was agreed to."""
    (ann,) = crowd(shop, 1)
    with shop.write() as session:
        saved = {"name": "all", "filter": {"fact": "balance", "is": "at_least", "value": 0}, "source": "saved",
                 "created_at": shop.now(), "changed_at": shop.now(), "changed_by": ANN}  # fmt: skip
        session.execute(segments.insert(), [saved])
    refresh_facts(shop, whole=True)
    campaign_id = approved(shop, [], audience={"segment": "all"})
    with shop.write() as session:
        session.execute(segments.update().values(filter={"fact": "balance", "is": "at_least", "value": -1}))
    with refused(shop, "campaign-changed"):
        do(shop, launch_campaign, campaign_id)
    with shop.write() as session:
        session.execute(segments.update().values(filter=saved["filter"]))
    do(shop, launch_campaign, campaign_id)
    plan_campaigns(shop)
    assert [row.member_id for row in rows(shop)] == [ann]


def test_the_segment_of_a_launched_campaign_stays_what_was_approved(
    small_shop: Shop,
) -> None:
    """Nobody may give it another filter; should somebody all the same, nobody more is planned."""
    shop, at_least = small_shop, {"fact": "balance", "is": "at_least"}

    def wish(value: int) -> SegmentDraft:
        return SegmentDraft.model_validate({"name": "all", "filter": {**at_least, "value": value}, "replace": True})

    def behind_its_back(value: int) -> None:
        with shop.write() as session:
            session.execute(segments.update().values(filter={**at_least, "value": value}))

    (ann,) = crowd(shop, 1)
    refresh_facts(shop, whole=True)
    save_segment(shop, by(ANN), wish(5))
    save_segment(shop, by(ANN), wish(0))
    campaign_id = approved(shop, [], audience={"segment": "all"})
    do(shop, launch_campaign, campaign_id)
    with refused(shop, "segment-in-use", segment="all", campaigns=["Spring"]):
        save_segment(shop, by(ANN), wish(-1))
    behind_its_back(-1)
    assert plan_campaign(shop, campaign_id) == 0
    assert plan_campaigns(shop) == PlanReport(stopped=1)
    assert (view(shop, campaign_id).status, view(shop, campaign_id).paused_reason) == ("paused", "changed")
    assert rows(shop) == []
    with shop.read() as session:
        last = session.execute(select(audit_logs).order_by(audit_logs.c.id.desc()).limit(1)).one()
    assert (last.actor, last.action, last.detail) == ("scheduler", "pause_campaign", {"reason": "changed"})
    with refused(shop, "campaign-changed"):
        do(shop, resume_campaign, campaign_id)
    with refused(shop, "segment-in-use"):
        save_segment(shop, by(ANN), wish(5))
    behind_its_back(0)
    do(shop, resume_campaign, campaign_id)
    assert plan_campaigns(shop).planned == 1
    assert [row.member_id for row in rows(shop)] == [ann]
    do(shop, cancel_campaign, campaign_id)
    assert save_segment(shop, by(ANN), wish(5)).name == "all"


def test_a_draft_is_called_off(shop: Shop) -> None:
    head = drafted(shop, crowd(shop, 1))
    assert do(shop, cancel_campaign, head.id).status == "cancelled"
    assert view(shop, head.id).ended_at == shop.now()
    with refused(shop, "campaign-in-another-state", status="cancelled"):
        do(shop, request_approval, head.id)
    with refused(shop, "unknown-campaign"):
        do(shop, cancel_campaign, 99)
    again = by(ANN)
    form = CampaignForm.model_validate({"name": "x", "audience": {"members": [1]}, "contents": [{"text": "x"}]})
    assert draft_campaign(shop, again, form) == draft_campaign(shop, again, form)
