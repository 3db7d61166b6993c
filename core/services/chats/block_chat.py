"""A member blocked the bot, or let it in again."""

from __future__ import annotations

from sqlalchemy import update

from core.db.chats import chats
from core.db.fact_queries import note_stale_chats
from core.shop import Shop


def block_chat(shop: Shop, chat_id: int, blocked: bool = True) -> None:
    """Nothing can be sent to a blocked chat. Saying so again, or of an unknown chat, changes nothing."""
    with shop.write() as session:
        note_stale_chats(session, [chat_id], blocked)
        session.execute(update(chats).where(chats.c.id == chat_id).values(blocked=blocked))
