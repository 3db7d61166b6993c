"""A Telegram chat: who is in it, in which language, and the question it stands at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session

from core.db.chats import chats
from core.db.prepared import Prepared


@dataclass(frozen=True, slots=True)
class ChatView:
    """member_id: None until somebody joined here. dialogue: as set by the inbox."""

    id: int
    member_id: int | None
    language: str
    dialogue: dict[str, Any] | None
    blocked: bool


_CHAT = Prepared(
    select(chats.c.id, chats.c.member_id, chats.c.language, chats.c.dialogue, chats.c.blocked).where(
        chats.c.id == bindparam("chat")
    )
)


def chat_of(session: Session, chat_id: int) -> ChatView | None:
    """None: nobody has written from there yet."""
    row = _CHAT.one_or_none(session, {"chat": chat_id})
    return ChatView(*row) if row else None
