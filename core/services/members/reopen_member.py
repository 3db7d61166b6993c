"""Staff take in again who was closed for having stayed away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints
from sqlmodel import Session

from core.db.audit_log import note
from core.insight.members import member_id_of
from core.services.books.books import Books
from core.services.books.dormancy import reopen
from core.services.books.stored_records import StoredRecords
from core.services.common import EntryOut, MemberRef, Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=500)]


class Reopening(Wish):
    """reason: why, for whoever asks later."""

    member: MemberRef
    reason: Reason


class Reopened(Result):
    """at: from when on purchases count, and the time without one runs anew."""

    id: int
    at: datetime
    tier: str
    entries: list[EntryOut]


def reopen_member(shop: Shop, caller: Caller, wish: Reopening) -> Reopened:
    """Purchases count again, in the lowest tier; points that lapsed with the closing stay lapsed.

    Refused: unknown-member, member-not-closed.
    """

    def work(session: Session) -> Reopened:
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            book = books.open(member_id_of(session, wish.member))
            before = len(book.written)
            reopen(book, wish.reason)
            note(session, book.now, caller.actor, "reopen_member", f"member:{book.member_id}", {"reason": wish.reason})
        return Reopened(id=book.member_id, at=book.now, tier=book.tier, entries=book.written[before:])

    return once(shop, caller, wish, Reopened, work)
