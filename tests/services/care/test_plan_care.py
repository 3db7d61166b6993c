"""Planning care messages, on both databases. The journeys are those of tests/care.toml, the zone is Asia/Shanghai."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlmodel import Session

from core.db.care_queries import bought
from core.db.chats import chats
from core.db.coupons import coupons
from core.db.deliveries import deliveries, message_contents
from core.db.facts import member_facts
from core.db.ledger import entries
from core.db.ledger_queries import lock_accounts
from core.db.members import members
from core.insight.members import MemberRef
from core.program.journeys import Journey, JourneyStep
from core.program.loading import load
from core.services.activities.give_feedback import FeedbackIn, give_feedback
from core.services.activities.settle_feedback import FeedbackRef, settle_feedback
from core.services.books.run_due import run_due
from core.services.care.care_gifts import give_gifts
from core.services.care.care_marks import mark
from core.services.care.plan_care import CareReport, plan_care
from core.services.members.merge_members import Merge, merge_members
from core.services.once import Caller
from core.services.segments.refresh_facts import refresh_facts
from core.shop import Shop
from tests.club import give, publish
from tests.conftest import SMALL, FrozenClock
from tests.services.deliveries.test_deliver import claimed, leading
from tests.shopping import buy, dump, enrol_one, line, proven

PLAIN = SMALL.read_text("utf-8").replace('[birthday]\ncoupon = "ten-off"\n', "")
SOURCE = PLAIN + Path(__file__).parents[2].joinpath("care.toml").read_text("utf-8")
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai


def on_to(shop: Shop, clock: FrozenClock, moment: str) -> None:
    """As if care had been planned until a day before."""
    clock.set(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    run_due(shop)
    with shop.write() as session:
        mark(session, [each.id for each in load(SOURCE, "x").journeys], max(START, clock.now() - timedelta(hours=20)))
    plan_care(shop)


@pytest.fixture
def cared(bare_shop: Shop) -> Shop:
    """With the journeys' program in force, planned to now."""
    publish(bare_shop, SOURCE)
    plan_care(bare_shop)
    return bare_shop


def told(shop: Shop) -> list[tuple[int, str, str, str, str]]:
    """Member, journey, occasion, due and words of what is not ended, in the order they are due."""
    with shop.read() as session:
        query = select(deliveries, message_contents.c.text.label("words")).join(
            message_contents, message_contents.c.id == deliveries.c.content_id
        )
        return [
            (
                row.member_id,
                row.source.removeprefix("journey:"),
                row.occasion,
                f"{row.due_at:%m-%d %H:%M}",
                row.words.format(**row.filling)
                if row.state == "planned"
                else f"{row.state} {row.reason or ''}".strip(),
            )
            for row in session.execute(query.order_by(deliveries.c.due_at, deliveries.c.id))
        ]


def days_on(shop: Shop, clock: FrozenClock, days: int, hours: int = 24) -> None:
    """Time passes, and care is planned every so many hours."""
    for _ in range(days * 24 // hours):
        clock.move(hours=hours)
        plan_care(shop)


def test_the_welcome_series_brings_its_gifts_once_and_ends_with_the_first_purchase(
    cared: Shop, clock: FrozenClock
) -> None:
    ann, bo = enrol_one(cared, "Ann", language="en"), enrol_one(cared, "Bo", language="zh-Hans")
    days_on(cared, clock, 4, hours=12)
    buy(cared, bo, "p1", line(5000))
    days_on(cared, clock, 1, hours=12)
    days_on(cared, clock, 6)
    mine = told(cared)
    assert [each[1:] for each in mine if each[0] == ann] == [
        ("welcome", "joined/0", "03-02 15:00", "Welcome, Ann!"),
        ("welcome", "joined/3", "03-05 02:00", "Five off until Mar 14, 2026, and 5 points"),
        ("welcome", "joined/10", "03-12 02:00", "Last call, Ann"),
        ("coupons", "2026-03-14/-2", "03-12 02:00", "Five off (1) until Mar 14, 2026"),
    ]
    assert [each[1:] for each in mine if each[0] == bo] == [
        ("welcome", "joined/0", "03-02 15:00", "Bo，欢迎！"),
        ("welcome", "joined/3", "03-05 02:00", "立减五元，2026年3月14日前有效，另有5 积分"),
        ("thanks", "1/0", "03-06 15:00", "感谢您消费 ¥50.00"),
        ("coupons", "2026-03-14/-2", "03-12 02:00", "立减五元（1），2026年3月14日到期"),
        ("second", "1/7", "03-13 03:00", "消费 ¥50.00 之后，欢迎再来"),
    ]
    proven(cared)
    before = dump(cared)
    assert plan_care(cared) == CareReport()
    assert dump(cared) == before


def test_a_standstill_of_days_gives_what_was_due_and_tells_only_what_is_still_fresh(
    cared: Shop, clock: FrozenClock
) -> None:
    """Welcome on the 5th is stale on the 12th, the birthday wish of the 11th, 9:00, for 15 hours; gifts are not."""
    ann = enrol_one(cared, "Ann", language="en", birthday=date(1990, 3, 11))
    clock.move(days=10)
    report = plan_care(cared)
    assert [each[1:] for each in told(cared)] == [
        ("welcome", "joined/0", "03-02 15:00", "expired"),
        ("welcome", "joined/3", "03-05 02:00", "expired"),
        ("birthday", "2026/-3", "03-08 01:00", "expired"),
        ("birthday", "2026/0", "03-11 01:00", "expired"),
        ("welcome", "joined/10", "03-12 02:00", "Last call, Ann"),
    ]
    assert (report.planned, report.gifts, report.skipped) == (1, 2, {"expired": 4})
    with cared.read() as session:
        given = session.execute(select(coupons.c.member_id, coupons.c.source).order_by(coupons.c.id)).all()
        points = session.execute(select(entries.c.points, entries.c.rule, entries.c.source)).all()
    assert [tuple(each) for each in given] == [(ann, "journey:welcome:joined/3"), (ann, "journey:birthday:2026/0")]
    assert [tuple(each) for each in points] == [(5, "journey:welcome", "journey:welcome:joined/3")]
    proven(cared)


def test_members_are_met_where_they_live_whichever_calendar_they_keep(cared: Shop, clock: FrozenClock) -> None:
    """15 March 2026 is the 27th of the first lunar month. 9:00 there is 19:00 UTC on Kiritimati and in Honolulu, a day
    apart."""
    born, long_ago = date(1990, 3, 15), datetime(2020, 1, 1, tzinfo=UTC)
    ids = [enrol_one(cared, name, language="en", birthday=born, joined_at=long_ago) for name in "abcd"]
    lunar = {"birthday": date(1990, 2, 22), "lunar_birthday_md": 127}
    changes: list[dict[str, Any]] = [{"zone": "Pacific/Kiritimati"}, {"zone": "Pacific/Honolulu"}, lunar]
    for member_id, change in zip(ids[1:], changes, strict=True):
        with cared.write() as session:
            session.execute(update(members).where(members.c.id == member_id).values(change))
    for moment in ("2026-03-14T20:00", "2026-03-15T02:00", "2026-03-15T20:00"):
        on_to(cared, clock, moment)
    wishes = [(each[0], each[2], each[3]) for each in told(cared) if each[4].startswith("Happy")]
    assert sorted(wishes) == [
        (ids[0], "2026/0", "03-15 01:00"),
        (ids[1], "2026/0", "03-14 19:00"),
        (ids[2], "2026/0", "03-15 19:00"),
        (ids[3], "2026/0", "03-15 01:00"),
    ]


def test_what_was_overtaken_between_planning_and_sending_is_not_sent(cared: Shop, clock: FrozenClock) -> None:
    """Points of 2 March lapse after 2 March 2027, thirty days before which it is 31 January."""
    spends, keeps = (enrol_one(cared, name, language="en", consents=["care"]) for name in "ab")
    for member_id in (spends, keeps):
        give(cared, member_id, 30)
        with cared.write() as session:
            chat = {"id": member_id, "member_id": member_id, "language": "en", "blocked": False, "seen_at": START}
            session.execute(insert(chats).values(chat))
    on_to(cared, clock, "2027-01-31T02:00")
    give(cared, spends, -1, "spent")
    leading(cared)
    going = {each.member_id: each.text for each in claimed(cared) if "30" in each.text}
    assert going == {keeps: "30 points until Mar 2, 2027: Mar 2, 2027"}
    with cared.read() as session:
        query = select(deliveries.c.member_id, deliveries.c.state, deliveries.c.reason)
        rows = session.execute(query.where(deliveries.c.source == "journey:points").order_by(deliveries.c.member_id))
        assert [tuple(row) for row in rows] == [(spends, "suppressed", "points-spent"), (keeps, "sending", None)]


def test_every_trigger_in_its_time(cared: Shop, clock: FrozenClock) -> None:
    """Val buys for ¥1,000 on 2 March 2026, which brings 1,100 points and Silver for a year, and never comes again."""
    joined = datetime(2024, 3, 5, tzinfo=UTC)
    val = enrol_one(cared, "Val", language="en", joined_at=joined, consents=["statement"])
    buy(cared, val, "p1", line(100_000))
    told_us = give_feedback(cared, Caller("bot", "f1"), FeedbackIn(member_id=val, kind="complaint", text="…"))
    settle_feedback(cared, Caller("staff:bo", "s1"), FeedbackRef(feedback=told_us.id))
    refresh_facts(cared)
    for moment in ("2026-03-02T15:10", "2026-03-04T06:30", "2026-03-05T03:00", "2026-04-01T00:30", "2026-09-25T02:30"):
        on_to(cared, clock, moment)
    with cared.write() as session:
        session.execute(update(member_facts).values(stage="silent"))
    for moment in ("2026-09-26T02:30", "2026-09-27T02:30", "2027-01-31T02:30", "2027-03-02T16:05", "2028-02-01T02:30"):
        on_to(cared, clock, moment)
    assert sorted(each[1:] for each in told(cared) if each[4] != "expired") == sorted([
        ("risen", "1/0", "03-02 15:00", "Basic to Silver"),
        ("thanks", "1/0", "03-02 15:00", "Thanks for CN¥1,000.00"),
        ("settled", "1/2", "03-04 06:00", "All well, Val?"),
        ("in-reach", "2026-03/0", "03-04 04:00", "Teapot for 300 points: 0 points"),
        ("anniversary", "2y/0", "03-05 02:00", "2 years"),
        ("statement", "2026-03/0", "04-01 00:00", "March 2026: 1,100 points, 0 points, 0 points"),
        ("mid-autumn", "2026/0", "09-25 02:00", "Mid-Autumn Festival, Val"),
        ("silent", "2026-03-02/0", "09-26 02:00", "Since Mar 2, 2026"),
        ("points", "2027-03/-30", "01-31 02:00", "1,100 points until Mar 2, 2027: Mar 2, 2027"),
        ("at-risk", "2027-03-02/-30", "01-31 02:00", "any purchase until Mar 2, 2027, or Basic"),
        ("fallen", "2/0", "03-02 16:05", "Silver to Basic"),
        ("statement", "2028-01/0", "02-01 00:00", "January 2028: 0 points, 0 points, 0 points"),
        ("closing", "2028-03-02/-30", "02-01 02:00", "Mar 2, 2026; Mar 2, 2028"),
    ])  # fmt: skip
    proven(cared)


def test_an_edited_journey_says_the_new_words_and_a_removed_one_nothing(cared: Shop, clock: FrozenClock) -> None:
    """What was planned stays as it was planned; of a journey that is gone nothing leaves."""
    enrol_one(cared, "Ann", language="en")
    plan_care(cared)
    clock.move(minutes=1)
    publish(cared, SOURCE.replace("Welcome, {name}!", "Come in, {name}!"))
    enrol_one(cared, "Bo", language="en")
    assert plan_care(cared).planned == 1
    assert [each[4] for each in told(cared)] == ["Welcome, Ann!", "Come in, Bo!"]
    clock.move(minutes=1)
    publish(cared, PLAIN)
    assert plan_care(cared).skipped == {"journey-ended": 2}
    assert [each[4] for each in told(cared)] == ["suppressed journey-ended"] * 2
    clock.move(minutes=1)
    publish(cared, SOURCE + "# back again")
    plan_care(cared)
    assert [each[4] for each in told(cared)] == ["suppressed journey-ended"] * 2


def test_who_raises_is_left_out_and_the_others_have_their_message_and_gift(
    cared: Shop, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The accounts of the others, too, are locked at once and before anything is given."""
    done: list[object] = []

    def locked(session: Session, member_ids: Collection[int]) -> None:
        done.append(set(member_ids))
        lock_accounts(session, member_ids)

    def given(
        shop: Shop, session: Session, journey: Journey, step: JourneyStep, member_id: int, what: str
    ) -> str | None:
        done.append(member_id)
        if member_id == bad:
            raise RuntimeError("poisoned")
        return give_gifts(shop, session, journey, step, member_id, what)

    ann, bad, cleo = (enrol_one(cared, name, language="en") for name in ("Ann", "Bo", "Cleo"))
    plan_care(cared)
    monkeypatch.setattr("core.services.care.plan_care.lock_accounts", locked)
    monkeypatch.setattr("core.services.care.plan_care.give_gifts", given)
    clock.move(days=3)
    report = plan_care(cared)
    assert (report.planned, report.gifts, report.failed) == (2, 2, 1)
    assert done == [{ann, bad, cleo}, ann, bad, {ann}, ann, {bad}, bad, {cleo}, cleo]
    assert [each[0] for each in told(cared) if each[2] == "joined/3"] == [ann, cleo]
    proven(cared)


def test_points_are_told_once_for_the_month_in_which_they_lapse(cared: Shop, clock: FrozenClock) -> None:
    """Of 31 March, 1 and 20 April: thirty days before, those of both months are told in March, each for itself."""
    both, one = (enrol_one(cared, name, language="en") for name in ("both", "one"))
    clock.set(datetime(2026, 3, 31, 4, tzinfo=UTC))
    give(cared, both, 30)
    give(cared, one, 30)
    clock.set(datetime(2026, 4, 1, 4, tzinfo=UTC))
    give(cared, both, 40)
    clock.set(datetime(2026, 4, 20, 4, tzinfo=UTC))
    give(cared, both, 5)
    for moment in ("2027-03-01T02:30", "2027-03-02T02:30"):
        on_to(cared, clock, moment)
    assert [(each[0], *each[2:]) for each in told(cared) if each[1] == "points"] == [
        (both, "2027-03/-30", "03-01 02:00", "30 points until Mar 31, 2027: Mar 31, 2027"),
        (one, "2027-03/-30", "03-01 02:00", "30 points until Mar 31, 2027: Mar 31, 2027"),
        (both, "2027-04/-30", "03-02 02:00", "45 points until Apr 1, 2027: Apr 1\u2009–\u200920, 2027"),
    ]


def test_what_is_known_of_today_alone_is_not_told_of_days_that_are_past(cared: Shop, clock: FrozenClock) -> None:
    enrol_one(cared, "Ann", language="en")
    plan_care(cared)
    refresh_facts(cared)
    with cared.write() as session:
        session.execute(update(member_facts).values(stage="silent"))
    clock.move(days=3)
    plan_care(cared)
    silent = [each[2:] for each in told(cared) if each[1] == "silent"]
    assert silent == [("2026-03-02/0", "03-05 02:00", "Since Mar 2, 2026")]


def test_what_one_card_of_a_person_had_is_had(cared: Shop, clock: FrozenClock) -> None:
    other = enrol_one(cared, "Ann", language="en")
    plan_care(cared)
    refresh_facts(cared)
    with cared.write() as session:
        session.execute(update(member_facts).values(stage="silent"))
    clock.move(days=1)
    plan_care(cared)
    before = told(cared)
    assert [each[:3] for each in before] == [(other, "welcome", "joined/0"), (other, "silent", "2026-03-02/0")]
    kept = enrol_one(cared, "Ann again", language="en", joined_at=START)
    wish = Merge(keep=MemberRef(id=kept), other=MemberRef(id=other), reason="the same person")
    merge_members(cared, Caller("staff:bo", "m"), wish)
    refresh_facts(cared)
    with cared.write() as session:
        session.execute(update(member_facts).values(stage="silent"))
        mark(session, ["welcome"], START)
    clock.move(days=1)
    assert plan_care(cared).planned == 0
    assert [each[:3] for each in told(cared)] == [each[:3] for each in before]


def test_of_two_purchases_at_one_moment_one_is_the_first(cared: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(cared, "Ann")
    buy(cared, ann, "p1", line(5000))
    buy(cared, ann, "p2", line(6000))
    span = (clock.now() - timedelta(hours=1), clock.now())
    with cared.read() as session:
        found = [session.execute(bought(session, span, nth)).all() for nth in (1, 2, 3)]
    assert [[row.amount for row in rows] for rows in found] == [[5000], [6000], []]
