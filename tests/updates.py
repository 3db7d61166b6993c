"""Updates that are stored and not answered yet, and answering them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.db.chats import telegram_updates
from core.services.chats.inbox import Lease, OpenUpdate, finish_update, take_updates
from core.shop import Shop

REAL = datetime(2030, 1, 1, tzinfo=UTC)  # lanes are leased in real time, whatever the shop's clock says


def open_updates(shop: Shop) -> list[Any]:
    """In the order they came."""
    still = select(telegram_updates).where(telegram_updates.c.done_at.is_(None)).order_by(telegram_updates.c.id)
    with shop.read() as session:
        return list(session.execute(still))


def lease(holder: str, at: float = 0) -> Lease:
    """Six seconds from so many after the beginning."""
    return Lease(holder, REAL + timedelta(seconds=at), REAL + timedelta(seconds=at + 6))


def taken(shop: Shop, holder: str, most: int = 10, at: float = 0) -> list[OpenUpdate]:
    return take_updates(shop, lease(holder, at), most)


def answer_all(shop: Shop) -> None:
    """As a bot does: one chat's after another."""
    for first in taken(shop, "bot", 1000):
        update: OpenUpdate | None = first
        while update is not None:
            update = finish_update(shop, update, lease("bot"))
