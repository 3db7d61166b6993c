"""The entries of a member's books, newest first, with why each is what it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row, select
from sqlmodel import Session

from core.db.ledger import entries as entry_table
from core.rules.refusal import Refused

MAX_PAGE = 200


class EntryOut(BaseModel):
    """One entry. points: signed; explanation: docs/books.md says what is in it."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: str
    points: int
    rule: str
    source: str
    effective_at: datetime
    recorded_at: datetime
    expires_at: datetime | None = None
    corrects_id: int | None = None
    explanation: dict[str, Any]


class EntryPage(BaseModel):
    """next: hand it in as `before` for the older ones; None at the end."""

    items: list[EntryOut]
    next: int | None


_COLUMNS = [entry_table.c[name] for name in EntryOut.model_fields]


def entries(session: Session, member_id: int, before: int | None = None, limit: int = 20) -> EntryPage:
    """A page of at most `limit` (to 200) entries older than the entry `before`."""
    query = select(*_COLUMNS).where(entry_table.c.member_id == member_id)
    if before is not None:
        query = query.where(entry_table.c.id < before)
    size = max(1, min(limit, MAX_PAGE))
    rows = session.execute(query.order_by(entry_table.c.id.desc()).limit(size + 1)).all()
    items = [entry_out(row) for row in rows[:size]]
    return EntryPage(items=items, next=items[-1].id if len(rows) > size else None)


def entry(session: Session, member_id: int, entry_id: int) -> EntryOut:
    """One of the member's own entries. Refused: unknown-entry, also for somebody else's."""
    query = select(*_COLUMNS).where(entry_table.c.member_id == member_id, entry_table.c.id == entry_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise Refused("unknown-entry", id=entry_id)
    return entry_out(row)


def entry_out(row: Row[Any]) -> EntryOut:
    return EntryOut.model_construct(**row._mapping)
