"""Opening accounts: locked, settled to the moment, written back together at the end of the transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.insight.goal_facts import Running
from core.rules.refusal import Refused
from core.services.books.dormancy import check_open, empty_closed
from core.services.books.posting import Book
from core.services.books.records import Records
from core.services.books.settling import settle
from core.services.books.stored_records import StoredRecords
from core.services.members.carrying import carry, joined_to
from core.services.once import Caller
from core.shop import Shop


@contextmanager
def open_book(shop: Shop, session: Session, caller: Caller, member_id: int) -> Iterator[Book]:
    """Lock a member's account, settle it to now and write it back at the end.

    Refused: unknown-member, also for one who asked to be forgotten; member-closed.
    """
    with Books(StoredRecords(shop, session), caller, shop.now) as books:
        book = books.open(member_id)
        if book.closed_at is None:
            yield book
            return
    check_open(book)  # after the writing back: what settling did may stay, even where somebody catches the refusal


@contextmanager
def _opened(books: Books, member_id: int, row: Any, at: datetime | None) -> Iterator[Book]:
    """Settled to now, or to `at`. Refused: as open_book."""
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
        row.merged_into,
        row.merged_at,
        row.closed_at,
        row.reopened_at,
        Running.of(row.goal_sums),
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
        if error[0] is None:
            for book in list(self._open.values()):
                self.kept(book)
        self._stack.__exit__(*error)

    def open(self, member_id: int, at: datetime | None = None) -> Book:
        """Whoever was merged stands for whom was kept. Refused: unknown-member."""
        book = self._open.get(member_id)
        if book is None:
            row = self.records.account(member_id)
            if row is not None and row.merged_into is not None:
                return self.open(row.merged_into, at)
            book = self._enter(member_id, row, at)
        return book if book.merged_into is None else self.open(book.merged_into, at)

    def of_record(self, member_id: int) -> Book:
        """The account that something was written on, to correct it there, also one that was merged since: what is left
        over on it is carried on to the kept one before the transaction ends. Refused: unknown-member."""
        if member_id not in self._open:
            self._enter(member_id, self.records.account(member_id), None)
        return self._open[member_id]

    def kept(self, book: Book) -> Book:
        """Who has the account's points now, brought up to date: itself, or whom it was merged into, card by card. What
        came to a closed one has lapsed."""
        if book.merged_into is None:
            if book.closed_at is not None:
                empty_closed(book)
            return book
        on = self.of_record(joined_to(book))
        carry(book, on)
        return self.kept(on)

    def find(self, member_id: int | None) -> Book | None:
        """As open, but None for nobody and for one who asked to be forgotten."""
        try:
            return None if member_id is None else self.open(member_id)
        except Refused:
            return None

    def find_of_record(self, member_id: int | None) -> Book | None:
        """As of_record, but None for nobody and for one who asked to be forgotten."""
        try:
            return None if member_id is None else self.of_record(member_id)
        except Refused:
            return None

    def _enter(self, member_id: int, row: Any, at: datetime | None) -> Book:
        self._open[member_id] = self._stack.enter_context(_opened(self, member_id, row, at))
        return self._open[member_id]
