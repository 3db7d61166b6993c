"""A demo's clock, which its visitor moves; whoever else works on the demo's database lives in the same time. A shop
that is open to real members never does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, exists, insert, select

from core.db.database import Database
from core.db.idempotency import idempotency_records
from core.db.moved_clocks import moved_clocks
from core.ports import Clock, SystemClock
from core.shop import Shop

ONLY = 1
"""The id of the only row."""
MARK = "demo:anchor"
"""What a demo keeps under this key before anything else marks its database: any other's clock is the machine's."""


@dataclass(frozen=True, slots=True)
class _Ahead:
    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


def keep_ahead(shop: Shop, by: timedelta) -> None:
    """Note how far a demo's clock is ahead of the machine's. A shop that is none must never call this."""
    seconds = -(-by // timedelta(seconds=1))  # rounded up, or the next start would go back in time
    with shop.write() as session:
        session.execute(delete(moved_clocks))
        session.execute(insert(moved_clocks).values(id=ONLY, ahead_s=seconds))


def ahead(database: Database) -> timedelta:
    """How far the clock of the demo on this database is ahead of the machine's; nothing in any other shop."""
    with database.read() as session:
        marked = exists().where(idempotency_records.c.key == MARK)
        return timedelta(seconds=session.execute(select(moved_clocks.c.ahead_s).where(marked)).scalar() or 0)


def clock_of(database: Database) -> Clock:
    """The machine's clock; on a demo's database, the demo's."""
    by = ahead(database)
    return _Ahead(by) if by else SystemClock()
