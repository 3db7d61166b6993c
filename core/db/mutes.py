"""Kinds of messages that a member does not want any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, literal, select
from sqlmodel import Field, Session, SQLModel

from core.db.types import Big, Moment, table_of


class Mute(SQLModel, table=True):
    """kind: a journey (`journey:birthday`), or all campaigns together (`campaign`)."""

    member_id: int = Field(foreign_key="member.id", primary_key=True, sa_type=Big)
    kind: str = Field(primary_key=True, max_length=80)
    at: datetime = Field(sa_type=Moment)


mutes = table_of(Mute)


def forget_mutes(session: Session, member_id: int) -> None:
    session.execute(delete(mutes).where(mutes.c.member_id == member_id))


def take_mutes(session: Session, keep_id: int, other_id: int) -> None:
    """What the other card's member does not want, the kept one's does not want either."""
    known = select(mutes.c.kind).where(mutes.c.member_id == keep_id)
    theirs = select(literal(keep_id), mutes.c.kind, mutes.c.at).where(
        mutes.c.member_id == other_id, mutes.c.kind.not_in(known)
    )
    session.execute(insert(mutes).from_select(["member_id", "kind", "at"], theirs))
