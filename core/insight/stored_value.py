"""What money a member keeps with the shop, what of it lapses when, and every movement of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, computed_field
from sqlalchemy import select
from sqlmodel import Session

from core.db.members import with_holder
from core.db.stored_value import entries
from core.db.stored_value_queries import open_lots
from core.insight.ledger import MAX_PAGE
from core.rules.expiry import NEVER
from core.rules.refusal import Refused
from core.shop import Shop


class Lapsing(BaseModel):
    """So much bonus money lapses at that moment if it is not spent before. amount: minor units."""

    model_config = ConfigDict(frozen=True)

    amount: int
    expires_at: datetime


class StoredValue(BaseModel):
    """Minor units. balance: what can be spent, paid_in and bonus together. lapsing: soonest first."""

    model_config = ConfigDict(frozen=True)

    balance: int
    paid_in: int
    bonus: int
    lapsing: list[Lapsing]


class Movement(BaseModel):
    """One entry of the books. amount: signed minor units, of which paid_in and bonus; docs/books.md says what
    explanation holds."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: str
    paid_in: int
    bonus: int
    rule: str
    source: str
    store: str | None
    effective_at: datetime
    recorded_at: datetime
    expires_at: datetime | None
    corrects_id: int | None
    explanation: dict[str, Any]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def amount(self) -> int:
        return self.paid_in + self.bonus


_COLUMNS = [entries.c[name] for name in Movement.model_fields]


def stored_value(shop: Shop, session: Session, member_id: int) -> StoredValue:
    """As of now, whether or not what is over has been swept. All zero for one who never topped up."""
    now = shop.now()
    live = [lot for lot in open_lots(session, member_id) if lot.expires_at > now]
    by_moment: dict[datetime, int] = {}
    for lot in live:
        if lot.expires_at != NEVER:
            by_moment[lot.expires_at] = by_moment.get(lot.expires_at, 0) + lot.remaining
    paid_in = sum(lot.remaining for lot in live if lot.money == "paid_in")
    bonus = sum(lot.remaining for lot in live if lot.money == "bonus")
    lapsing = [Lapsing(amount=by_moment[moment], expires_at=moment) for moment in sorted(by_moment)]
    return StoredValue(balance=paid_in + bonus, paid_in=paid_in, bonus=bonus, lapsing=lapsing)


def movements(session: Session, member_id: int, before: int | None = None, limit: int = 20) -> list[Movement]:
    """At most `limit` (to 200 and one) entries older than the entry `before`, newest first; with a card that was
    handed on, from the person on who holds it now."""
    query = select(*_COLUMNS).where(entries.c.member_id == member_id, _of_holder())
    if before is not None:
        query = query.where(entries.c.id < before)
    rows = session.execute(query.order_by(entries.c.id.desc()).limit(max(1, min(limit, MAX_PAGE + 1))))
    return [Movement.model_construct(**row._asdict()) for row in rows]


def movement(session: Session, member_id: int, entry_id: int) -> Movement:
    """One of the member's own. Refused: unknown-entry, also for somebody else's."""
    query = select(*_COLUMNS).where(entries.c.id == entry_id, entries.c.member_id == member_id, _of_holder())
    row = session.execute(query).one_or_none()
    if row is None:
        raise Refused("unknown-entry", id=entry_id)
    return Movement.model_construct(**row._asdict())


def _of_holder() -> Any:
    return with_holder(entries.c.member_id, entries.c.recorded_at)
