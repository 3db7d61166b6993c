"""The keys that were given out. What they are is not kept, only their digests."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from core.db.staff import api_keys


class KeyView(BaseModel):
    """revoked_at: when it stopped working; None while it works."""

    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None


def keys(session: Session, after: int | None, limit: int) -> list[KeyView]:
    """Up to `limit` keys in the order they were created, from behind the id `after`."""
    columns = [api_keys.c[name] for name in KeyView.model_fields]
    found = select(*columns).where(api_keys.c.id > (after or 0)).order_by(api_keys.c.id).limit(limit)
    return [KeyView.model_validate(row._mapping) for row in session.execute(found)]


def in_use(session: Session, name: str) -> bool:
    """Whether a key of that name works."""
    working = select(api_keys.c.id).where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
    return session.execute(working).first() is not None
