"""Kinds of messages that a member does not want any more."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, table_of


class Mute(SQLModel, table=True):
    """kind: a journey (`journey:birthday`), or all campaigns together (`campaign`)."""

    member_id: int = Field(foreign_key="member.id", primary_key=True, sa_type=Big)
    kind: str = Field(primary_key=True, max_length=80)
    at: datetime = Field(sa_type=Moment)


mutes = table_of(Mute)
