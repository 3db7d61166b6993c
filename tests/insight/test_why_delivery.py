"""Why did, or didn't, this member get it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from core.db.amendments import amended_messages
from core.db.campaigns import campaigns
from core.db.deliveries import deliveries
from core.db.members import members
from core.insight.members import MemberRef
from core.insight.segments import Audience
from core.insight.why_delivery import WhyDelivery, why_delivery
from core.program.filters import Filter
from core.rules.messaging import Ended
from core.services.deliveries.tapped import tapped
from core.services.members.forget_member import Forget, forget_member
from core.services.once import Caller
from core.services.segments.refresh_facts import refresh_facts
from core.shop import Shop
from core.words.why import why_words
from tests.bot.delivery.post import add_members, message, plan, rows
from tests.campaigns import content, launched, planned
from tests.conftest import FrozenClock
from tests.services.deliveries.test_amend import approved, correction, left, sent
from tests.services.deliveries.test_deliver import leading
from tests.shopping import enrol_one

A = ("a", "en")


def why(shop: Shop, campaign_id: int, member_id: int) -> tuple[WhyDelivery, list[str]]:
    """As data and in words."""
    with shop.reading() as (session, program):
        told = why_delivery(shop, session, campaign_id, MemberRef(id=member_id))
    said = {**dict(told), "delivery": None if told.delivery is None else told.delivery.model_dump()}
    for name in ("capped_by", "taps", "amendments"):
        said[name] = [each.model_dump() for each in said[name]]
    chinese = why_words(program, said, "zh-Hans")
    english = why_words(program, said, "en")
    assert len(chinese) == len(english)
    return told, english


def set_campaign(shop: Shop, **values: Any) -> None:
    with shop.write() as session:
        session.execute(update(campaigns).values(values))


def test_who_got_it_and_what_became_of_it(shop: Shop, clock: FrozenClock) -> None:
    (ann,) = add_members(shop, [1])
    spring = launched(shop, [ann], [content("5 off")])
    planned(shop, spring, {ann: A})
    leading(shop)
    sent(shop)
    assert tapped(shop, rows(shop)[0].id, ann, 10, "offers")
    approved(shop, correction(shop, spring, "4 off"))
    left(shop)
    told, words = why(shop, spring, ann)
    assert told.delivery is not None
    assert (told.reason, told.delivery.state, told.delivery.arm) == ("has-delivery", "sent", "a")
    assert [(each.kind, each.state) for each in told.amendments] == [("edit", "sending")]
    assert words[1:] == ["Tapped Mar 2, 2026, 10:00\u202fAM: offers.", "A correction of it is just being made."]
    with shop.write() as session:
        session.execute(update(amended_messages).values(state="done", outcome="edited", ended_at=shop.now()))
    assert why(shop, spring, ann)[1][2] == "It was corrected Mar 2, 2026, 10:00\u202fAM."


def test_who_was_left_out_by_the_lot_or_held_back_by_the_caps(shop: Shop, clock: FrozenClock) -> None:
    ann, bo, cy = add_members(shop, [1, 2, 3])
    spring = launched(shop, [ann], [content("5 off")])
    planned(shop, spring, {ann: A}, ended=Ended("held_out", "holdout"))
    planned(shop, spring, {bo: A}, ended=Ended("held_out", "control"))
    plan(shop, message(shop, cy, source="campaign:99"), message(shop, cy, source="journey:tea", kind="care"))
    planned(shop, spring, {cy: A})
    with shop.write() as session:
        gone = {"state": "sent", "left_at": shop.now(), "ended_at": shop.now()}
        session.execute(update(deliveries).where(deliveries.c.member_id == cy).values(gone))
        later = shop.now() + timedelta(hours=1)
        mine = (deliveries.c.member_id == cy, deliveries.c.source == f"campaign:{spring}")
        capped = {"state": "suppressed", "reason": "frequency-cap", "left_at": None, "ended_at": later}
        session.execute(update(deliveries).where(*mine).values(capped))
    assert why(shop, spring, ann)[1][0].startswith("Not sent on purpose: the lot")
    assert why(shop, spring, bo)[1][0].startswith("Not sent on purpose: the member is of the control group")
    told, words = why(shop, spring, cy)
    assert [each.source for each in told.capped_by] == ["campaign:99"]
    assert words[1] == "Before it came campaign:99, Mar 2, 2026, 10:00\u202fAM."
    with shop.write() as session:  # in Shanghai it is midnight: its seven days begin eleven hours after New York's
        session.execute(update(members).where(members.c.id == cy).values(zone="Asia/Shanghai"))
        before = (deliveries.c.member_id == cy, deliveries.c.source == "campaign:99")
        earlier = datetime(2026, 2, 24, 10, tzinfo=UTC)
        session.execute(update(deliveries).where(*before).values(left_at=earlier))
    assert why(shop, spring, cy)[0].capped_by == []
    with shop.write() as session:
        session.execute(update(deliveries).where(*before).values(left_at=earlier + timedelta(hours=6)))
    assert [each.source for each in why(shop, spring, cy)[0].capped_by] == ["campaign:99"]


def test_who_was_never_planned(shop: Shop) -> None:
    ann, bo = enrol_one(shop, "Ann"), enrol_one(shop, "Bo", language="zh-Hans")
    refresh_facts(shop)
    wanted = {
        "all": [
            {"fact": "language", "is": "one_of", "value": ["en"]},
            {"fact": "purchases", "is": "at_most", "value": 9},
        ]
    }
    spring = launched(shop, [ann], [content("5 off")])
    asked = Audience(filter=Filter.model_validate(wanted)).model_dump(mode="json", exclude_none=True, by_alias=True)
    set_campaign(shop, audience=asked, planned_at=None, planned_to=0)
    told, words = why(shop, spring, bo)
    assert (told.reason, len(told.unmet)) == ("not-in-audience", 1)
    assert words[0] == "Not sent: the member is not among those whom the campaign is for."
    assert words[1].startswith("What is not so: ")
    assert why(shop, spring, ann)[0].reason == "not-planned-yet"
    set_campaign(shop, status="cancelled")
    assert why(shop, spring, ann)[0].reason == "called-off"
    set_campaign(shop, planned_to=ann)
    assert why(shop, spring, ann)[0].reason == "not-then"
    set_campaign(shop, launched_at=None, status="draft")
    assert why(shop, spring, ann)[0].reason == "not-launched"
    forget_member(shop, Caller("staff:bo", "forget"), Forget(member_id=ann))
    assert why(shop, spring, ann)[0].reason == "forgotten"
