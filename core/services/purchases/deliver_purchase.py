"""The till reports that goods have arrived: the points that waited for that become spendable."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from core.rules.expiry import spendable_from, waits
from core.rules.refusal import Refused
from core.services.books.books import Books
from core.services.books.grants import posted_of
from core.services.books.stored_records import StoredRecords
from core.services.common import Moment, Result, Wish
from core.services.once import Caller, once
from core.services.purchases.record_purchase import CLOCK_SKEW
from core.shop import Shop


class Delivery(Wish):
    """delivered_at: when the goods arrived; by default now."""

    purchase_id: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
    delivered_at: Moment | None = None


class Delivered(Result):
    """spendable_from: of the purchase's points; None where they did not wait for the delivery."""

    id: int
    external_id: str
    delivered_at: datetime
    spendable_from: datetime | None


def deliver_purchase(shop: Shop, caller: Caller, report: Delivery) -> Delivered:
    """Refused: unknown-purchase, delivery-before-purchase, delivery-in-the-future, purchase-delivered-already,
    key-reused."""

    def work(session: Session) -> Delivered:
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            return post_delivery(books, report)

    return once(shop, caller, report, Delivered, work)


def post_delivery(books: Books, report: Delivery) -> Delivered:
    """Within the caller's transaction. Refused: as deliver_purchase, but for the keys."""
    records = books.records
    known = records.purchase(report.purchase_id)
    if known is None:
        raise Refused("unknown-purchase", id=report.purchase_id)
    book = books.of_record(known.member_id)
    delivered_at = _moment(report.delivered_at or book.now, known.occurred_at, book.now)
    before = records.delivered_at(known.id)
    if before is not None:
        raise Refused("purchase-delivered-already", delivered_at=before.isoformat())
    records.add_delivery({"purchase_id": known.id, "delivered_at": delivered_at, "recorded_at": book.now})
    program = records.version(known.program_version).program
    since = None
    if waits(program, known.channel):
        since = spendable_from(program, known.occurred_at, known.channel, delivered_at, book.now)
        for member_id in dict.fromkeys(each.member_id for each in posted_of(records, known.id)):
            paid = books.find_of_record(member_id)
            if paid is not None:
                paid.activate(known.id, since)
    return Delivered(id=known.id, external_id=known.external_id, delivered_at=delivered_at, spendable_from=since)


def _moment(at: datetime, bought_at: datetime, now: datetime) -> datetime:
    """Of the delivery; a till's clock may be a little ahead of ours."""
    if at > now + CLOCK_SKEW:
        raise Refused("delivery-in-the-future", delivered_at=at.isoformat(), now=now.isoformat())
    if at < bought_at:
        raise Refused("delivery-before-purchase", delivered_at=at.isoformat(), occurred_at=bought_at.isoformat())
    return min(at, now)
