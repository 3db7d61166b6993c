"""Members and their consent."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class Member(SQLModel, table=True):
    """A person in the program. Forgetting one blanks the person; the books keep the number alone."""

    id: int | None = row_id()
    card_number: str = Field(unique=True, max_length=32)
    name: str = Field(max_length=100)
    phone: str | None = Field(default=None, unique=True, max_length=20)  # E.164
    birthday: date | None = None
    birthday_md: int | None = Field(default=None, index=True)  # month × 100 + day
    language: str = Field(max_length=10)
    joined_at: datetime = Field(sa_type=Moment)
    store: str | None = Field(default=None, max_length=60)  # where the person joined
    referrer_id: int | None = Field(default=None, foreign_key="member.id", sa_type=Big)
    join_code: str = Field(unique=True, max_length=64)  # secret: joins this member to a chat
    invite_code: str = Field(unique=True, max_length=16)  # public: a friend joins with it
    style: str | None = Field(default=None, max_length=10)  # lively, calm, fast, careful
    quiet_from: int | None = None  # minutes after midnight
    quiet_until: int | None = None
    allow_offers: bool = False
    allow_care: bool = False
    allow_statement: bool = False
    holder_since: datetime | None = Field(default=None, sa_type=Moment)  # when the card was handed to this person
    forgotten_at: datetime | None = Field(default=None, sa_type=Moment)


class Consent(SQLModel, table=True):
    """What a member agreed to or took back, and when; never changed afterwards."""

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", index=True, sa_type=Big)
    purpose: str = Field(max_length=20)  # membership, offers, care, statement
    granted: bool
    at: datetime = Field(sa_type=Moment)
    source: str = Field(max_length=60)


members = table_of(Member)
consents = table_of(Consent)


def with_holder(member_id: ColumnElement[int], at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether a row of that member and moment is of the person who holds the card now, not of one before."""
    held = select(func.coalesce(members.c.holder_since, at)).where(members.c.id == member_id)
    return at >= held.correlate_except(members).scalar_subquery()
