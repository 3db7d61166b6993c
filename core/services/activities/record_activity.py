"""A member did something besides buying: wrote a review, shared a page, answered a survey."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from core.insight.members import member_of
from core.program.bonuses import Activity
from core.program.schema import Program
from core.rules.activities import countable
from core.rules.expiry import lapses_at
from core.rules.refusal import Refused
from core.rules.terms import business_day, start_of_day
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.services.common import EntryOut, Label, MemberRef, Result, Wish
from core.services.once import Caller, once
from core.shop import Shop


class ActivityWish(Wish):
    """activity: its id in the program. about: what it was done to (an article, a survey), which then counts once."""

    member: MemberRef
    activity: Annotated[str, Field(min_length=1, max_length=40)]
    about: Label | None = None


class ActivityRecorded(Result):
    """points: what it brought."""

    activity: str
    points: int
    balance: int
    entries: list[EntryOut]


def record_activity(shop: Shop, caller: Caller, wish: ActivityWish) -> ActivityRecorded:
    """Grant what the activity brings, within its limits.

    Refused: unknown-member, activity-unknown, activity-done-already, activity-once, activity-limit-day,
    activity-limit-month.
    """

    def work(session: Session) -> ActivityRecorded:
        member = member_of(session, wish.member)
        with open_book(shop, session, caller, member.id) as book:
            return post_activity(book, wish.activity, wish.about)

    return once(shop, caller, wish, ActivityRecorded, work)


def post_activity(book: Book, wanted: str, about: str | None) -> ActivityRecorded:
    """With the member's account open already. Refused: as record_activity."""
    version = book.records.version_at(book.now)
    activity = _activity(version.program, wanted)
    _check(book, version.program, activity, about)
    rule = f"activity:{activity.id}"
    step = {"do": "activity" if about is None else "activity_about", "points": activity.points}
    why = explanation(rule, version.id, {"activity": activity.id, "about": about}, step)
    draft = Draft("bonus", activity.points, rule, why, book.now, _source(activity, about), version.id)
    entry = book.credit(draft, book.now, lapses_at(version.program, book.now, book.period_until))
    return ActivityRecorded(activity=activity.id, points=entry.points, balance=book.balance, entries=[entry])


def _activity(program: Program, wanted: str) -> Activity:
    for activity in program.activities:
        if activity.id == wanted:
            return activity
    raise Refused("activity-unknown", activity=wanted, known=[each.id for each in program.activities])


def _check(book: Book, program: Program, activity: Activity, about: str | None) -> None:
    """What was done by who held the card before counts for them alone. Refused: as record_activity."""
    handed_on = book.records.handed_on_at(book.member_id)
    done = book.records.entries_from(book.member_id, _source(activity, about))
    if about is not None and any(handed_on is None or row.recorded_at >= handed_on for row in done):
        raise Refused("activity-done-already", activity=activity.id, about=about)
    zone = program.program.zone
    today = business_day(book.now, zone)
    rule = f"activity:{activity.id}"
    counts = [
        book.records.granted_since(book.member_id, rule, max(filter(None, (handed_on, since)), default=None))
        for since in (None, start_of_day(today, zone), start_of_day(today.replace(day=1), zone))
    ]
    refusal = countable(activity, *counts)
    if refusal is not None:
        raise Refused(refusal.reason, **refusal.facts)


def _source(activity: Activity, about: str | None) -> str:
    return f"activity:{activity.id}" if about is None else f"activity:{activity.id}:{about}"
