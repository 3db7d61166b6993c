"""A Telegram chat: who is in it, in which language, and the question it stands at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session

from core.db.chats import chats
from core.db.prepared import Prepared
from core.shop import IN_FORCE


@dataclass(frozen=True, slots=True)
class ChatView:
    """member_id: None until somebody joined here. dialogue: as set by the inbox.

    in_force: the program's version at the moment that was asked for; None when not asked, or before the first.
    """

    id: int
    member_id: int | None
    language: str
    dialogue: dict[str, Any] | None
    blocked: bool
    in_force: int | None = None


_COLUMNS = (chats.c.id, chats.c.member_id, chats.c.language, chats.c.dialogue, chats.c.blocked)
_CHAT = Prepared(select(*_COLUMNS).where(chats.c.id == bindparam("chat")))
_CHAT_AND_VERSION = Prepared(
    select(*_COLUMNS, IN_FORCE.scalar_subquery().label("in_force")).where(chats.c.id == bindparam("chat"))
)


def chat_of(session: Session, chat_id: int) -> ChatView | None:
    """None: nobody has written from there yet."""
    row = _CHAT.one_or_none(session, {"chat": chat_id})
    return ChatView(*row) if row else None


def chat_at(session: Session, chat_id: int, at: datetime) -> ChatView | None:
    """The same, with the program's version in force at that moment: one statement instead of two."""
    row = _CHAT_AND_VERSION.one_or_none(session, {"chat": chat_id, "at": at})
    return ChatView(*row) if row else None
