"""What members do besides buying: check-ins and feedback."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class CheckIn(SQLModel, table=True):
    """One a business day. streak: days in a row, this one included."""

    __tablename__ = "check_in"

    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Big)
    day: date = Field(primary_key=True)
    streak: int
    at: datetime = Field(sa_type=Moment)


class Feedback(SQLModel, table=True):
    """What a member told the shop. kind: praise, idea, complaint, review. settled_at: when staff settled it with the
    member. purchase_id, stars (1 to 5): of a review, one for each purchase, which has no text."""

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", index=True, sa_type=Big)
    at: datetime = Field(sa_type=Moment)
    kind: str = Field(max_length=12)
    text: str = Field(max_length=4000)
    settled_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    settled_by: str | None = Field(default=None, max_length=60)
    purchase_id: int | None = Field(default=None, unique=True, index=True, sa_type=Big)
    stars: int | None = None


check_ins = table_of(CheckIn)
feedbacks = table_of(Feedback)
