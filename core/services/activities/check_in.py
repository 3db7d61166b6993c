"""A member looks in, once a business day."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from core.rules.check_in import completed, streak_on
from core.rules.expiry import lapses_at
from core.rules.refusal import Refused
from core.rules.terms import business_day
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.services.common import EntryOut, Result, Wish
from core.services.once import Caller, once
from core.shop import Shop, Version


class CheckInWish(Wish):
    member_id: int


class CheckedIn(Result):
    """streak: days in a row, this one included. points: all that this check-in brought."""

    day: date
    streak: int
    points: int
    balance: int
    entries: list[EntryOut]


def check_in(shop: Shop, caller: Caller, wish: CheckInWish) -> CheckedIn:
    """Points for today, and more for each streak that today completes.

    Refused: unknown-member, check-in-not-offered, checked-in-already.
    """

    def work(session: Session) -> CheckedIn:
        with open_book(shop, session, caller, wish.member_id) as book:
            return post_check_in(book)

    return once(shop, caller, wish, CheckedIn, work)


def post_check_in(book: Book) -> CheckedIn:
    """With the member's account open already. Refused: as check_in."""
    version = book.records.version_at(book.now)
    if version.program.check_in is None:
        raise Refused("check-in-not-offered")
    today = business_day(book.now, version.program.program.zone)
    streak = _note(book, today)
    before = len(book.written)
    _pay(book, version, "check_in", version.program.check_in.points, today, {"streak": streak})
    for each in completed(version.program.check_in, streak):
        _pay(book, version, "streak", each.points, today, {"streak": streak, "days": each.days})
    paid = book.written[before:]
    points = sum(entry.points for entry in paid)
    return CheckedIn(day=today, streak=streak, points=points, balance=book.balance, entries=paid)


def _note(book: Book, today: date) -> int:
    """Write today's check-in; the streak it makes. Who got the card from somebody else begins a streak of their own."""
    last = book.records.last_check_in(book.member_id)
    if last is not None and last.day >= today:
        raise Refused("checked-in-already", day=last.day.isoformat(), streak=last.streak)
    handed = book.records.handed_on_at(book.member_id) if last is not None else None
    if handed is not None and last.at < handed:
        last = None
    streak = streak_on(today, last.day if last else None, last.streak if last else 0)
    values = {"member_id": book.member_id, "day": today, "streak": streak, "at": book.now}
    book.records.add_check_in(values)
    return streak


def _pay(book: Book, version: Version, rule: str, points: int, day: date, inputs: dict[str, Any]) -> None:
    if not points:
        return
    step = {"do": rule, "points": points, **inputs}
    why = explanation(rule, version.id, {"day": day.isoformat(), **inputs}, step)
    draft = Draft("bonus", points, rule, why, book.now, f"check_in:{day}", version.id)
    book.credit(draft, book.now, lapses_at(version.program, book.now, book.period_until))
