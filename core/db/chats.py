"""Telegram chats, the dialogue each stands in, and the updates received."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class Chat(SQLModel, table=True):
    """A private chat. dialogue: the question last asked and what was answered so far; null when none is open."""

    id: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    member_id: int | None = Field(default=None, foreign_key="member.id", unique=True, sa_type=Big)
    language: str = Field(max_length=10)
    dialogue: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    blocked: bool = False
    seen_at: datetime = Field(sa_type=Moment)


class TelegramUpdate(SQLModel, table=True):
    """An update, stored before it is acknowledged. done_at is set when its answer has left."""

    __tablename__ = "telegram_update"
    __table_args__ = (
        Index(
            "telegram_update_open", "id", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")
        ),
    )

    id: int | None = row_id()
    update_id: int = Field(unique=True, sa_type=Big)
    chat_id: int | None = Field(default=None, sa_type=Big)
    payload: dict[str, Any] = Field(sa_type=JSON)
    received_at: datetime = Field(sa_type=Moment, index=True)
    done_at: datetime | None = Field(default=None, sa_type=Moment)


chats = table_of(Chat)
telegram_updates = table_of(TelegramUpdate)
