"""Telegram chats, the dialogue each stands in, the updates received, and who works them off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, false, text
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of

OPEN = "done_at IS NULL"


class Chat(SQLModel, table=True):
    """A private chat. dialogue: the question last asked and what was answered so far; null when none is open."""

    id: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    member_id: int | None = Field(default=None, foreign_key="member.id", unique=True, sa_type=Big)
    language: str = Field(max_length=10)
    dialogue: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    blocked: bool = False
    seen_at: datetime = Field(sa_type=Moment)


class TelegramUpdate(SQLModel, table=True):
    """An update, stored before it is acknowledged. done_at is set when its answer has left.

    chat_id: 0 where it belongs to no chat. pressed: a button was pressed, so Telegram waits for no more than 150 s.
    tries: how often somebody has begun to work it off.
    """

    __tablename__ = "telegram_update"
    __table_args__ = (
        Index("telegram_update_open", "id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index(
            "telegram_update_of_chat", "chat_id", "update_id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)
        ),
    )  # fmt: skip

    id: int | None = row_id()
    update_id: int = Field(unique=True, sa_type=Big)
    chat_id: int | None = Field(default=None, sa_type=Big)
    payload: dict[str, Any] = Field(sa_type=JSON)
    received_at: datetime = Field(sa_type=Moment, index=True)
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    pressed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Lane(SQLModel, table=True):
    """The one process that works off a chat's updates, in real time. No row: nobody does.

    Whoever holds it renews lease_until; whoever finds it in the past may take it.
    """

    chat_id: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    holder: str = Field(max_length=60, index=True)
    lease_until: datetime = Field(sa_type=Moment)


chats = table_of(Chat)
telegram_updates = table_of(TelegramUpdate)
lanes = table_of(Lane)
SEAT = (chats.c.id.label("chat_id"), chats.c.blocked, chats.c.language.label("chat_language"))
"""The chat that a message is for, as its row says it."""
