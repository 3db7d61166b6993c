"""Opening accounts: locked, settled to the moment, written back together at the end of the transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.rules.refusal import Refused
from core.services.once import Caller
from core.services.posting import Book
from core.services.records import Records, StoredRecords
from core.services.settling import settle
from core.shop import Shop


@contextmanager
def open_book(shop: Shop, session: Session, caller: Caller, member_id: int) -> Iterator[Book]:
    """Lock a member's account, settle it to now and write it back at the end.

    Refused: unknown-member, also for one who asked to be forgotten.
    """
    with Books(StoredRecords(shop, session), caller, shop.now) as books:
        yield books.open(member_id)


@contextmanager
def _opened(books: Books, member_id: int, at: datetime | None) -> Iterator[Book]:
    """Settled to now, or to `at`. Refused: as open_book."""
    row = books.records.account(member_id)
    if row is None or row.forgotten_at is not None:
        raise Refused("unknown-member", id=member_id)
    now = books.now()  # once the account is ours: who waited for it comes later
    book = Book(
        books.records,
        books.caller,
        now,
        member_id,
        row.balance,
        row.debt,
        row.tier,
        row.tier_since,
        row.tier_until,
        row.review_at,
        row.period_until,
        row.purchases,
        row.last_purchase_at,
        row.judged_until,
        row.next_due_at,
        row.birthday,
        row.referrer_id,
    )
    settle(book, now if at is None else min(at, now))
    yield book
    book.close()


class Books:
    """The accounts of one transaction, each opened once and written back together at the end. now: the time."""

    def __init__(self, records: Records, caller: Caller, now: Callable[[], datetime]) -> None:
        self.records, self.caller, self.now = records, caller, now
        self._stack = ExitStack()
        self._open: dict[int, Book] = {}

    def __enter__(self) -> Books:
        self._stack.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def open(self, member_id: int, at: datetime | None = None) -> Book:
        """Refused: unknown-member."""
        if member_id not in self._open:
            opening = _opened(self, member_id, at)
            self._open[member_id] = self._stack.enter_context(opening)
        return self._open[member_id]

    def find(self, member_id: int | None) -> Book | None:
        """As open, but None for nobody and for one who asked to be forgotten."""
        try:
            return None if member_id is None else self.open(member_id)
        except Refused:
            return None
