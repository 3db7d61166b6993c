"""What a member bought, newest first; with a card that was handed on, only what its holder bought."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Row, and_, func, or_, select
from sqlmodel import Session

from core.db.ledger import entries
from core.db.members import one_person, with_holder
from core.db.purchase_queries import delivered_at
from core.db.purchases import purchase_lines, purchases
from core.insight.ledger import EntryOut, entry_out
from core.rules.refusal import Refused

MAX_PAGE = 100


class PurchaseView(BaseModel):
    """total, refunded: minor units. points: what the purchase has brought in all, corrections included."""

    id: int
    external_id: str
    occurred_at: datetime
    store: str
    channel: str
    total: int
    refunded: int
    tier: str
    points: int


class LineView(BaseModel):
    number: int
    sku: str
    category: str
    quantity: int
    unit_price: int
    regular_price: int


class PurchaseDetail(PurchaseView):
    """With its lines and everything the books say about it, oldest entry first. delivered_at: when its goods arrived,
    if that was reported."""

    delivered_at: datetime | None
    lines: list[LineView]
    entries: list[EntryOut]


class PurchasePage(BaseModel):
    """next: hand it in as `before` for the older ones; None at the end."""

    items: list[PurchaseView]
    next: int | None


_COLUMNS = [purchases.c[name] for name in PurchaseView.model_fields if name != "points"]

_OF_HOLDER = with_holder(purchases.c.member_id, purchases.c.occurred_at)


def history(session: Session, member_id: int, before: int | None = None, limit: int = 20) -> PurchasePage:
    """A page of at most `limit` (to 100) purchases that happened before the purchase `before`."""
    query = select(*_COLUMNS).where(one_person(purchases.c.member_id, member_id), _OF_HOLDER)
    if before is not None:
        at = select(purchases.c.occurred_at).where(purchases.c.id == before).scalar_subquery()
        earlier = purchases.c.occurred_at < at
        query = query.where(or_(earlier, and_(purchases.c.occurred_at == at, purchases.c.id < before)))
    size = max(1, min(limit, MAX_PAGE))
    newest = query.order_by(purchases.c.occurred_at.desc(), purchases.c.id.desc()).limit(size + 1)
    rows = session.execute(newest).all()
    points = _points(session, [row.id for row in rows[:size]])
    items = [_view(row, points) for row in rows[:size]]
    return PurchasePage(items=items, next=items[-1].id if len(rows) > size else None)


def purchase(session: Session, member_id: int | None, purchase_id: int) -> PurchaseDetail:
    """One of the member's own purchases, or anybody's for None. Refused: unknown-purchase, also for somebody else's."""
    found = select(*_COLUMNS).where(purchases.c.id == purchase_id)
    if member_id is not None:
        found = found.where(one_person(purchases.c.member_id, member_id), _OF_HOLDER)
    row = session.execute(found).one_or_none()
    if row is None:
        raise Refused("unknown-purchase", id=purchase_id)
    lines = purchase_lines.select().where(purchase_lines.c.purchase_id == purchase_id)
    written = select(*[entries.c[name] for name in EntryOut.model_fields]).where(entries.c.purchase_id == purchase_id)
    return PurchaseDetail(
        **_view(row, _points(session, [purchase_id])).model_dump(),
        delivered_at=delivered_at(session, purchase_id),
        lines=[
            LineView.model_validate(line._mapping) for line in session.execute(lines.order_by(purchase_lines.c.number))
        ],
        entries=[entry_out(entry) for entry in session.execute(written.order_by(entries.c.id))],
    )


def _points(session: Session, ids: list[int]) -> dict[int, int]:
    sums = select(entries.c.purchase_id, func.sum(entries.c.points)).where(entries.c.purchase_id.in_(ids))
    return {of: int(points) for of, points in session.execute(sums.group_by(entries.c.purchase_id))}


def _view(row: Row[Any], points: dict[int, int]) -> PurchaseView:
    return PurchaseView(**row._mapping, points=points.get(row.id, 0))
