"""What a member was to be told without asking, and what became of it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from core.db.deliveries import deliveries


class DeliveryView(BaseModel):
    """kind: transactional, care, promo. state: planned, paused, sending, or one of the ends: sent, blocked,
    suppressed (reason), held_out, expired, failed (error), in_doubt. left_at: when it was marked as leaving."""

    id: int
    source: str
    occasion: str
    kind: str
    purpose: str
    state: str
    reason: str | None
    error: str | None
    due_at: datetime
    expires_at: datetime
    planned_at: datetime
    left_at: datetime | None
    ended_at: datetime | None
    tapped_at: datetime | None
    message_id: int | None


def deliveries_of(session: Session, member_id: int, before: int | None, limit: int) -> list[DeliveryView]:
    """Up to `limit`, newest first, older than the one with the id `before`."""
    found = select(*[deliveries.c[name] for name in DeliveryView.model_fields])
    found = found.where(deliveries.c.member_id == member_id)
    if before is not None:
        found = found.where(deliveries.c.id < before)
    rows = session.execute(found.order_by(deliveries.c.id.desc()).limit(limit))
    return [DeliveryView.model_validate(row._mapping) for row in rows]
