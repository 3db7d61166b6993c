"""One entry with all that it stands on: the version of the program that judged it, and the lots that it moved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from core.db.ledger import allocations, lots
from core.db.ledger import entries as entry_table
from core.db.purchase_queries import delivered_at, purchase_by_id
from core.insight.ledger import EntryOut, entry
from core.rules.expiry import NEVER, waits
from core.shop import Shop


class LotMoved(BaseModel):
    """points: taken out of the lot, or, negative, given back to it. rule, earned_at: of the entry that made the lot.
    expires_at: exclusive; null for points that do not lapse."""

    lot: int
    points: int
    rule: str
    earned_at: datetime
    expires_at: datetime | None


class Waiting(BaseModel):
    """for_delivery: points can be spent once the goods have arrived. until: from when on in any case, if ever."""

    for_delivery: bool
    until: datetime | None


class EntryDetail(EntryOut):
    """version: of the program. lots: in the order in which they were taken. unpaid: points that no lot has covered yet
    and the member still owes. waiting: why its points cannot be spent yet; null where they can."""

    version: int
    lots: list[LotMoved]
    unpaid: int
    waiting: Waiting | None


def entry_detail(shop: Shop, session: Session, member_id: int, entry_id: int) -> EntryDetail:
    """One of the member's own entries. Refused: unknown-entry, also for somebody else's."""
    found = entry(session, member_id, entry_id)
    row = session.execute(select(entry_table).where(entry_table.c.id == entry_id)).one()
    moved = [_moved(row) for row in session.execute(_lots(entry_id))]
    covered = sum(each.points for each in moved)
    return EntryDetail(
        **found.model_dump(),
        version=row.program_version,
        lots=moved,
        unpaid=max(0, -found.points - covered),
        waiting=_waiting(shop, session, row),
    )


def _waiting(shop: Shop, session: Session, row: Any) -> Waiting | None:
    own = session.execute(select(lots.c.activates_at).where(lots.c.entry_id == row.id, lots.c.remaining > 0))
    since = own.scalar_one_or_none()
    if since is None or since <= shop.now():
        return None
    program = shop.version(session, row.program_version).program
    bought = purchase_by_id(session, row.purchase_id) if row.purchase_id is not None else None
    awaited = bought is not None and waits(program, bought.channel) and delivered_at(session, bought.id) is None
    return Waiting(for_delivery=awaited, until=None if since >= NEVER else since)


def _lots(entry_id: int) -> Any:
    """Each lot that the entry touched, once."""
    columns = (allocations.c.id, allocations.c.lot_id, allocations.c.points, lots.c.expires_at)
    of_lot = (entry_table.c.rule, entry_table.c.effective_at)
    joined = allocations.join(lots, lots.c.id == allocations.c.lot_id)
    joined = joined.join(entry_table, entry_table.c.id == lots.c.entry_id)
    mine = select(*columns, *of_lot).select_from(joined).where(allocations.c.entry_id == entry_id)
    return mine.order_by(allocations.c.id)


def _moved(row: Any) -> LotMoved:
    return LotMoved(
        lot=row.lot_id,
        points=row.points,
        rule=row.rule,
        earned_at=row.effective_at,
        expires_at=None if row.expires_at >= NEVER else row.expires_at,
    )
