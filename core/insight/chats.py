"""A Telegram chat: who is in it, in which language, and the question it stands at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.db.chats import chats


@dataclass(frozen=True, slots=True)
class ChatView:
    """member_id: None until somebody joined here. dialogue: as set by the inbox."""

    id: int
    member_id: int | None
    language: str
    dialogue: dict[str, Any] | None
    blocked: bool


_chat = select(chats.c.id, chats.c.member_id, chats.c.language, chats.c.dialogue, chats.c.blocked)


def chat_of(session: Session, chat_id: int) -> ChatView | None:
    """None: nobody has written from there yet."""
    row = session.execute(_chat.where(chats.c.id == chat_id)).one_or_none()
    return ChatView(*row) if row else None
