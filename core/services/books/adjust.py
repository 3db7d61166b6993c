"""Staff puts points right by hand, with a reason."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator
from sqlmodel import Session

from core.db.audit_log import note
from core.insight.members import member_of
from core.rules.expiry import lapses_at
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.services.common import EntryOut, MemberRef, Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

MAX_ADJUSTMENT = 10_000_000


class Adjustment(Wish):
    """points: signed, not 0. reason: shown to the member next to the entry."""

    member: MemberRef
    points: Annotated[
        int, Field(strict=True, ge=-MAX_ADJUSTMENT, le=MAX_ADJUSTMENT, json_schema_extra={"not": {"const": 0}})
    ]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=500)]

    @field_validator("points")
    @classmethod
    def _not_zero(cls, points: int) -> int:
        if points == 0:
            raise ValueError("an adjustment of 0 points changes nothing; give a positive or negative number")
        return points


class AdjustmentResult(Result):
    balance: int
    debt: int
    entries: list[EntryOut]


def adjust(shop: Shop, caller: Caller, wish: Adjustment) -> AdjustmentResult:
    """Points given last as long as earned ones; points taken must be there to take.

    Refused: unknown-member, points-short.
    """

    def work(session: Session) -> AdjustmentResult:
        member = member_of(session, wish.member)
        with open_book(shop, session, caller, member.id) as book:
            entry = post_adjustment(book, wish.points, wish.reason)
        detail = {"points": wish.points, "reason": wish.reason, "entry": entry.id}
        note(session, book.now, caller.actor, "adjust", f"member:{member.id}", detail)
        return AdjustmentResult(balance=book.balance, debt=book.debt, entries=[entry])

    return once(shop, caller, wish, AdjustmentResult, work)


def post_adjustment(book: Book, points: int, reason: str) -> EntryOut:
    """With the member's account open already. Refused: points-short."""
    version = book.records.version_at(book.now)
    why = explanation("manual", version.id, {"reason": reason}, {"do": "adjust", "points": points})
    draft = Draft("adjustment", points, "manual", why, book.now, "manual", version.id)
    if points < 0:
        return book.spend(draft)
    return book.credit(draft, book.now, lapses_at(version.program, book.now, book.period_until))
