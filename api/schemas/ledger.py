"""Pages of entries."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.ledger import EntryOut


class EntryPage(BaseModel):
    """next: pass it as `after` for the older ones; null at the end."""

    items: list[EntryOut]
    next: str | None
