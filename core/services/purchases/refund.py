"""Goods or money go back: what the purchase granted is reversed, in proportion, under the rules that granted it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator
from sqlmodel import Session

from core.rules.refusal import Refusal, Refused
from core.rules.reversal import Refunded, add, split
from core.services.books.books import Books
from core.services.books.caps import hold_to_caps
from core.services.books.goals import mend_goals
from core.services.books.grants import posted_of, withdraw
from core.services.books.posting import Book
from core.services.books.settling import review_tier
from core.services.books.stored_records import StoredRecords
from core.services.books.year_end import mend_years
from core.services.common import Amount, EntryOut, ExternalId, Label, Quantity, Result, Wish
from core.services.once import Caller, once
from core.shop import Shop


class RefundLineIn(Wish):
    """So many of an article."""

    sku: Label
    quantity: Quantity


class RefundOrder(Wish):
    """Either lines or an amount in minor units. external_id: the till's own number of this refund."""

    purchase_id: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
    external_id: ExternalId
    lines: Annotated[list[RefundLineIn], Field(min_length=1, max_length=500)] | None = None
    amount: Amount | None = None

    @model_validator(mode="after")
    def _lines_or_amount(self) -> RefundOrder:
        if (self.lines is None) == (self.amount is None):
            raise ValueError("say what is refunded by either lines or amount")
        return self


class RefundResult(Result):
    """amount: minor units of this refund. debt: points owed because they were already spent."""

    id: int
    external_id: str
    amount: int
    balance: int
    debt: int
    tier: str
    entries: list[EntryOut]


def refund(shop: Shop, caller: Caller, order: RefundOrder) -> RefundResult:
    """Refused: unknown-purchase, refund-unknown-sku, refund-above-quantity, refund-above-purchase, refund-of-nothing,
    external-id-reused, key-reused."""
    natural = f"refund:{order.external_id}"

    def work(session: Session) -> RefundResult:
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            return post_refund(books, order)

    return once(shop, caller, order, RefundResult, work, natural)


def post_refund(books: Books, order: RefundOrder) -> RefundResult:
    """Within the caller's transaction. Refused: as refund, but for the keys."""
    records = books.records
    known = records.purchase(order.purchase_id)
    if known is None:
        raise Refused("unknown-purchase", id=order.purchase_id)
    book = books.of_record(known.member_id)
    purchase = records.purchase(order.purchase_id)  # again, now that the account is locked
    lines = records.lines_of(order.purchase_id)
    before = records.refunded_of(order.purchase_id)
    part = split(lines, before, [(line.sku, line.quantity) for line in order.lines or []], order.amount)
    if isinstance(part, Refusal):
        raise Refused(part.reason, **part.facts)
    if not part.value(lines):
        raise Refused("refund-of-nothing")
    refund_id = _insert(book, order, part, part.value(lines), add(before, part).value(lines))
    version = records.version(known.program_version)
    for old in posted_of(records, order.purchase_id):
        paid = books.find_of_record(old.member_id)
        if paid is not None:
            withdraw(paid, version, purchase, old, order.external_id, lines)
    hold_to_caps(book, known.occurred_at, {"refund": order.external_id})
    review_tier(book, book.now, {"refund": order.external_id})
    mend_years(book, known.occurred_at)
    mend_goals(book)
    kept = books.kept(book)
    return RefundResult.model_construct(
        id=refund_id,
        external_id=order.external_id,
        amount=part.value(lines),
        balance=kept.balance,
        debt=kept.debt,
        tier=kept.tier,
        entries=book.written if kept is book else [*book.written, *kept.written],
    )


def _insert(book: Book, order: RefundOrder, part: Refunded, amount: int, refunded: int) -> int:
    row: dict[str, Any] = {
        "external_id": order.external_id,
        "purchase_id": order.purchase_id,
        "recorded_at": book.now,
        "amount": amount,
        "by_amount": part.by_amount,
    }
    return book.records.add_refund(row, part.quantities, refunded)
