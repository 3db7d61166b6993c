"""A card is handed on: everything on it stays, everything of the person goes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from core.db.members import consents
from core.db.staff import audit_logs
from core.insight.benefits import benefits_of
from core.insight.chats import chat_of
from core.insight.ledger import entries, entry
from core.insight.members import MemberRef, MemberView, member_of
from core.insight.offers import ranked
from core.insight.purchases import history, purchase
from core.insight.statement import months
from core.insight.tier import standing
from core.rules.refusal import Refused
from core.services.activities.check_in import CheckInWish, check_in
from core.services.activities.give_feedback import FeedbackIn, give_feedback
from core.services.activities.record_activity import ActivityWish, record_activity
from core.services.books.run_due import run_due
from core.services.chats.join_chat import PayloadJoin, join_by_payload, open_chat
from core.services.members.export_member import export_member
from core.services.members.hand_on_card import CardHandedOn, CardHandOn, Person, hand_on_card
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.services.programs.publish_program import ensure_program
from core.services.rewards.draw_benefit import BenefitDraw, draw_benefit
from core.shop import Shop
from core.words import entry_name, explain
from tests.club import publish
from tests.conftest import FIVE_TIER, FrozenClock
from tests.shopping import balance_of, buy, dump, enrol_one, line, proven

CAMPUS = FIVE_TIER.with_name("campus-club.toml")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def campus(bare_shop: Shop, clock: FrozenClock) -> Shop:
    clock.set(NOON)
    ensure_program(bare_shop, CAMPUS)
    return bare_shop


def a_member(shop: Shop, clock: FrozenClock) -> int:
    """With the card, 80 points, a chat, settings and an opinion."""
    birthday = date(2004, 5, 31)
    ann = enrol_one(shop, "Ann", phone="+86 138 0013 8000", birthday=birthday, consents=["offers", "care"])
    with shop.read() as session:
        code = member_of(session, MemberRef(id=ann)).join_code
    open_chat(shop, 7, "zh")
    join_by_payload(shop, Caller("telegram:7", "j"), PayloadJoin(chat_id=7, payload=code))
    update_member(shop, Caller("telegram:7", "u"), MemberChange(member_id=ann, style="calm"))
    give_feedback(shop, Caller("telegram:7", "f"), FeedbackIn(member_id=ann, kind="idea", text="Open on Sundays"))
    buy(shop, ann, "a1", line(10_000, "sports"))
    clock.move(days=1)
    buy(shop, ann, "a2", line(8_000, "denim"))
    clock.move(days=1)
    return ann


def hand_on(shop: Shop, member_id: int, key: str = "h", **person: Any) -> CardHandedOn:
    wish = CardHandOn(member=MemberRef(id=member_id), to=Person(**{"name": "Bea", **person}))
    return hand_on_card(shop, Caller("staff:bo", key), wish)


def seen(shop: Shop, member_id: int) -> MemberView:
    with shop.read() as session:
        return member_of(session, MemberRef(id=member_id))


def test_what_is_on_the_card_goes_on(campus: Shop, clock: FrozenClock) -> None:
    ann = a_member(campus, clock)
    before = seen(campus, ann)
    with campus.read() as session:
        stood, points = standing(campus, session, ann), balance_of(campus, ann)
    handed = hand_on(campus, ann)
    assert (handed.id, handed.card_number, handed.balance, handed.tier) == (ann, before.card_number, 80, "member")
    with campus.read() as session:
        assert standing(campus, session, ann) == stood
    assert balance_of(campus, ann) == points
    assert buy(campus, ann, "b1", line(500, "sports")).balance == 85
    proven(campus)


def test_the_person_goes(campus: Shop, clock: FrozenClock) -> None:
    ann = a_member(campus, clock)
    before = seen(campus, ann)
    handed = hand_on(campus, ann, phone="+86 138 0013 8001", consents=["statement"])
    after = seen(campus, ann)
    assert (after.name, after.phone, after.birthday, after.style) == ("Bea", "+8613800138001", None, None)
    assert (after.allow_offers, after.allow_care, after.allow_statement) == (False, False, True)
    assert {after.join_code, after.invite_code}.isdisjoint({before.join_code, before.invite_code})
    assert (handed.join_payload, handed.invite_code) == (after.join_code, after.invite_code)
    with campus.read() as session:
        chat = chat_of(session, 7)
        assert chat is not None
        assert chat.member_id is None
        agreed = session.execute(select(consents.c.purpose, consents.c.granted).order_by(consents.c.id)).all()[3:]
        (noted,) = session.execute(select(audit_logs).where(audit_logs.c.action == "hand_on_card")).all()
    assert [tuple(row) for row in agreed] == [
        ("membership", False),
        ("offers", False),
        ("care", False),
        ("membership", True),
        ("statement", True),
    ]
    assert (noted.actor, noted.target, noted.detail) == (
        "staff:bo",
        f"member:{ann}",
        {"entry": handed.entries[0].id},
    )
    with pytest.raises(Refused, match="join-code-unknown"):
        join_by_payload(campus, Caller("telegram:7", "j2"), PayloadJoin(chat_id=7, payload=before.join_code))
    open_chat(campus, 8, "zh")
    join_by_payload(campus, Caller("telegram:8", "j3"), PayloadJoin(chat_id=8, payload=handed.join_payload))


def test_the_new_person_sees_nothing_of_the_old_one(campus: Shop, clock: FrozenClock) -> None:
    ann = a_member(campus, clock)
    with campus.read() as session:
        old_entries, old_purchases = entries(session, ann).items, history(session, ann).items
    assert (len(old_entries), len(old_purchases)) == (2, 2)
    handed = hand_on(campus, ann)
    with campus.reading() as (session, program):
        (first,) = entries(session, ann).items
        assert first == handed.entries[0]
        assert history(session, ann).items == []
        assert months(session, program, ann) == ["2026-03"]
        for each in old_entries:
            with pytest.raises(Refused, match="unknown-entry"):
                entry(session, ann, each.id)
        with pytest.raises(Refused, match="unknown-purchase"):
            purchase(session, ann, old_purchases[0].id)
        assert purchase(session, None, old_purchases[0].id).total == 8_000
        told = {reason["code"] for offer in ranked(campus, session, ann) for reason in offer.reasons}
        assert told.isdisjoint({"often_bought", "bought_before"})
        for language in ("en", "zh-Hans"):
            assert entry_name(program, first, language, strict=True)
            assert len(explain(program, first, language, strict=True)) == 1
        assert explain(program, first, "zh-Hans", strict=True) == ["此卡已转让给您，随卡 80 积分，等级为俱乐部会员"]
    exported = export_member(campus, ann)
    assert (exported["purchases"], exported["feedback"], len(exported["entries"])) == ([], [], 1)
    assert {row["at"] for row in exported["consents"]} == {clock.now().isoformat()}
    assert "Ann" not in str(exported)


EXTRAS = """
[check_in]
points = 2
streaks = [{ days = 2, points = 10 }]

[[activities]]
id = "review"
name = { en = "Review", zh-Hans = "评价" }
points = 20
per_day = 1

[[activities]]
id = "survey"
name = { en = "Survey", zh-Hans = "问卷" }
points = 5
once = true

[[benefits]]
id = "parking"
name = { en = "Parking", zh-Hans = "停车" }
unit = "hour"

[benefits.daily]
steps = [{ spend = 10000, gives = 2 }]

[[benefits.gifts]]
tier = "member"
amount = 10

[[year_end]]
id = "great"
name = { en = "A great year", zh-Hans = "年度奖励" }
spend = 30000
points = 70

[[goals]]
id = "mark"
name = { en = "A mark", zh-Hans = "里程碑" }
of = "points_earned"
steps = [{ at = 100, points = 9 }, { at = 250, points = 7 }]
"""


@pytest.fixture
def extras(bare_shop: Shop, clock: FrozenClock) -> Shop:
    """The club with everything that a card or a person can have beside points; Ann has the card."""
    clock.set(NOON)
    publish(bare_shop, CAMPUS.read_text(encoding="utf-8") + EXTRAS)
    return bare_shop


def test_what_belongs_to_the_card_goes_with_it(extras: Shop, clock: FrozenClock) -> None:
    """Hours that were given and not yet drawn, the year's sum, and what has been reached: once, whoever holds it."""
    ann = a_member(extras, clock)  # hours: 10 for the rise
    buy(extras, ann, "a3", line(10_000, "sports"))  # and 2 of today; 180 points in all reach the first mark
    draw_benefit(extras, Caller("till:1", "d1"), BenefitDraw(member=MemberRef(id=ann), benefit="parking", amount=3))
    hand_on(extras, ann)
    with extras.read() as session:
        (parking,) = [each for each in benefits_of(extras, session, ann) if each.id == "parking"]
    assert parking.available == 9
    draw_benefit(extras, Caller("till:1", "d2"), BenefitDraw(member=MemberRef(id=ann), benefit="parking", amount=9))
    clock.move(days=1)
    reached = buy(extras, ann, "b1", line(7_000, "sports"))
    assert [(entry.rule, entry.points) for entry in reached.entries] == [("base", 70), ("goal:mark", 7)]
    clock.set(datetime(2026, 12, 31, 16, tzinfo=UTC))
    run_due(extras)
    with extras.read() as session:
        assert entries(session, ann).items[0].rule == "year_end:great"
    proven(extras)


def test_what_somebody_did_counts_for_them_alone(extras: Shop, clock: FrozenClock) -> None:
    ann = a_member(extras, clock)

    def act(activity: str, key: str, about: str | None = None) -> int:
        wish = ActivityWish(member=MemberRef(id=ann), activity=activity, about=about)
        return record_activity(extras, Caller("web", key), wish).points

    assert [act("review", "r1", "shoes"), act("survey", "s1")] == [20, 5]
    assert check_in(extras, Caller("telegram:7", "c1"), CheckInWish(member_id=ann)).streak == 1
    clock.move(hours=1)
    hand_on(extras, ann)
    assert [act("review", "r2", "shoes"), act("survey", "s2")] == [20, 5]
    for activity, about, why in (
        ("review", "shoes", "activity-done-already"),
        ("review", "hats", "activity-limit-day"),
        ("survey", None, "activity-once"),
    ):
        with pytest.raises(Refused, match=why):
            act(activity, f"again-{activity}-{about}", about)
    with pytest.raises(Refused, match="checked-in-already"):  # a card checks in once a day
        check_in(extras, Caller("telegram:8", "c2"), CheckInWish(member_id=ann))
    clock.move(days=1)
    began = check_in(extras, Caller("telegram:8", "c3"), CheckInWish(member_id=ann))
    assert (began.streak, began.points) == (1, 2)
    clock.move(days=1)
    went_on = check_in(extras, Caller("telegram:8", "c4"), CheckInWish(member_id=ann))
    assert (went_on.streak, went_on.points) == (2, 12)
    proven(extras)


def test_sent_twice_it_is_done_once(campus: Shop, clock: FrozenClock) -> None:
    ann = a_member(campus, clock)
    handed = hand_on(campus, ann)
    before = dump(campus)
    assert hand_on(campus, ann) == handed
    assert dump(campus) == before


def test_the_old_phone_may_stay_but_nobody_elses(campus: Shop, clock: FrozenClock) -> None:
    ann = a_member(campus, clock)
    enrol_one(campus, "Cy", phone="+86 138 0013 8002")
    before = dump(campus)
    refused: list[tuple[str, dict[str, Any]]] = [
        ("phone-taken", {"phone": "+86 138 0013 8002"}),
        ("phone-invalid", {"phone": "12"}),
        ("birthday-impossible", {"birthday": clock.now().date()}),
        ("language-unknown", {"language": "fr"}),
    ]
    for why, person in refused:
        with pytest.raises(Refused, match=why):
            hand_on(campus, ann, **person)
    with pytest.raises(Refused, match="unknown-member"):
        hand_on(campus, 99)
    assert dump(campus) == before
    hand_on(campus, ann, phone="+86 138 0013 8000")
    assert seen(campus, ann).phone == "+8613800138000"


def test_only_where_the_program_says_so(small_shop: Shop) -> None:
    ann = enrol_one(small_shop)
    before = dump(small_shop)
    with pytest.raises(Refused, match="card-not-transferable"):
        hand_on(small_shop, ann)
    assert dump(small_shop) == before
