"""Updates as they come in, stored before they are acknowledged, and the dialogue each chat stands in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import delete, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.db.chats import chats, telegram_updates
from core.rules.refusal import Refused
from core.shop import Shop

KEPT = timedelta(hours=48)
"""Telegram holds an update back for 24 hours at most; twice that, and none can come again."""


class OpenUpdate(BaseModel):
    """An update whose answer has not left yet."""

    update_id: int
    chat_id: int | None
    payload: dict[str, Any]


def store_update(shop: Shop, update_id: int, chat_id: int | None, payload: dict[str, Any]) -> bool:
    """False if it was stored before. Update ids are a set, not a sequence: they restart at random."""
    dialect = sqlite if shop.database.is_sqlite else postgresql
    row = {"update_id": update_id, "chat_id": chat_id, "payload": payload, "received_at": shop.now()}
    stored = dialect.insert(telegram_updates).values(row).on_conflict_do_nothing(index_elements=["update_id"])
    with shop.write() as session:
        return session.execute(stored.returning(telegram_updates.c.id)).one_or_none() is not None


def finish_update(shop: Shop, update_id: int) -> None:
    """Its answer has left; finishing it again changes nothing."""
    mine = (telegram_updates.c.update_id == update_id, telegram_updates.c.done_at.is_(None))
    with shop.write() as session:
        session.execute(update(telegram_updates).where(*mine).values(done_at=shop.now()))


def open_updates(shop: Shop) -> list[OpenUpdate]:
    """What was stored and not finished, in the order it came: what a restarted bot goes on with."""
    columns = (telegram_updates.c.update_id, telegram_updates.c.chat_id, telegram_updates.c.payload)
    still = select(*columns).where(telegram_updates.c.done_at.is_(None)).order_by(telegram_updates.c.id)
    with shop.read() as session:
        return [OpenUpdate.model_validate(row._mapping) for row in session.execute(still)]


def tidy_updates(shop: Shop) -> int:
    """Delete finished updates older than KEPT; how many."""
    old = (telegram_updates.c.done_at.is_not(None), telegram_updates.c.received_at < shop.now() - KEPT)
    with shop.write() as session:
        return len(session.execute(delete(telegram_updates).where(*old).returning(telegram_updates.c.id)).all())


def get_dialogue(shop: Shop, chat_id: int) -> dict[str, Any] | None:
    """The question last asked in that chat and the answers so far, or None."""
    with shop.read() as session:
        return session.execute(select(chats.c.dialogue).where(chats.c.id == chat_id)).scalar_one_or_none()


def set_dialogue(shop: Shop, chat_id: int, dialogue: dict[str, Any] | None) -> None:
    """Refused: unknown-chat (open_chat comes first)."""
    mine = (
        update(chats)
        .where(chats.c.id == chat_id)
        .values(dialogue=null() if dialogue is None else dialogue)
        .returning(chats.c.id)
    )
    with shop.write() as session:
        if session.execute(mine).one_or_none() is None:
            raise Refused("unknown-chat", chat_id=chat_id)
