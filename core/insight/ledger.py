"""The entries of a member's books, newest first, with why each is what it is.

With a card that was handed on they begin with the person who holds it now. What only carries a merged card's history
towards the tier is not listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal_column, select
from sqlmodel import Session

from core.db.ledger import entries as entry_table
from core.db.ledger import lots
from core.db.members import with_holder
from core.db.prepared import Prepared
from core.rules.refusal import Refused
from core.words.explanations import EntryLike

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


class EntryLine(EntryLike, Protocol):
    """What a list says of an entry: a row as it comes, which is a third of the work of an EntryOut."""

    @property
    def id(self) -> int: ...
    @property
    def effective_at(self) -> datetime: ...


class EntryPage(BaseModel):
    """next: hand it in as `before` for the older ones; None at the end."""

    items: list[EntryOut]
    next: int | None


_MOVED_ON = select(lots.c.expires_at).where(lots.c.entry_id == entry_table.c.id, lots.c.idle_version.is_not(None))
"""When points lapse that lapse by inactivity: the entry has what was known as they came."""
_NOW_KNOWN = {"expires_at": func.coalesce(_MOVED_ON.scalar_subquery(), entry_table.c.expires_at).label("expires_at")}
_COLUMNS = [_NOW_KNOWN.get(name, entry_table.c[name]) for name in EntryOut.model_fields]
_LAST = 2**63 - 1
_LINE = ("id", "kind", "points", "rule", "effective_at", "explanation")


def _newest(columns: Iterable[ColumnElement[Any]]) -> Select[Any]:
    return (
        select(*columns)
        .where(
            entry_table.c.member_id == bindparam("member"),
            with_holder(entry_table.c.member_id, entry_table.c.recorded_at),
            entry_table.c.rule != literal_column("'carried'"),
        )
        .order_by(entry_table.c.id.desc())
        .limit(bindparam("size", type_=Integer))
    )


_PAGE = Prepared(_newest(_COLUMNS).where(entry_table.c.id < bindparam("before")))
_LATEST = Prepared(_newest(entry_table.c[name] for name in _LINE))


def entries(session: Session, member_id: int, before: int | None = None, limit: int = 20) -> EntryPage:
    """A page of at most `limit` (to 200) entries older than the entry `before`."""
    size = max(1, min(limit, MAX_PAGE))
    older_than = _LAST if before is None else before
    rows = _PAGE.all(session, {"member": member_id, "before": older_than, "size": size + 1})
    items = [entry_out(row) for row in rows[:size]]
    return EntryPage(items=items, next=items[-1].id if len(rows) > size else None)


def latest(session: Session, member_id: int, limit: int) -> Sequence[EntryLine]:
    """The newest entries."""
    return _LATEST.all(session, {"member": member_id, "size": limit})


def entry(session: Session, member_id: int, entry_id: int) -> EntryOut:
    """One of the member's own entries. Refused: unknown-entry, also for somebody else's."""
    query = select(*_COLUMNS).where(
        entry_table.c.member_id == member_id,
        entry_table.c.id == entry_id,
        with_holder(entry_table.c.member_id, entry_table.c.recorded_at),
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise Refused("unknown-entry", id=entry_id)
    return entry_out(row)


def entry_out(row: Any) -> EntryOut:
    return EntryOut.model_construct(**row._asdict())
