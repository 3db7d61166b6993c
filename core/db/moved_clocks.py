"""The clock of a demo, which can be moved."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from core.db.types import Big, table_of


class MovedClock(SQLModel, table=True):
    """By how many seconds a demo's clock is ahead of the machine's: a single row, and none in any other shop."""

    __tablename__ = "moved_clock"
    __table_args__ = (CheckConstraint("ahead_s >= 0", name="moved_clock_ahead"),)

    id: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    ahead_s: int = Field(sa_type=BigInteger)


moved_clocks = table_of(MovedClock)
