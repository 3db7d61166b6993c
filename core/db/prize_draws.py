"""Rounds of prize draws, and what was played in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class PrizeDrawRound(SQLModel, table=True):
    """One secret seed's time; a draw has one open round at most. seed: told to nobody before closed_at. commitment: its
    SHA-256. closes_at: exclusive. plays: how many there were; the next one has the number after."""

    __tablename__ = "prize_draw_round"
    __table_args__ = (
        Index("prize_draw_round_number", "draw", "number", unique=True),
        Index(
            "prize_draw_round_open",
            "draw",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: int | None = row_id()
    draw: str = Field(max_length=40)
    number: int = Field(sa_type=Big)
    seed: str = Field(max_length=64)
    commitment: str = Field(max_length=64)
    opened_at: datetime = Field(sa_type=Moment)
    closes_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    plays: int = Field(default=0, sa_type=Big)


class PrizeDrawPlay(SQLModel, table=True):
    """Append-only. ticket: the one drawn, with the digest that gave it. prize: whose ticket it was, None: nobody's.
    withheld: why the prize could not be given (a refusal's reason). entry_id: the entry that paid for the play."""

    __tablename__ = "prize_draw_play"
    __table_args__ = (
        CheckConstraint("withheld IS NULL OR prize IS NOT NULL", name="prize_draw_play_withheld"),
        Index("prize_draw_play_number", "round_id", "number", unique=True),
        Index("prize_draw_play_member", "member_id", "draw", "at"),
        Index("prize_draw_play_prize", "draw", "prize"),
    )

    id: int | None = row_id()
    round_id: int = Field(foreign_key="prize_draw_round.id", sa_type=Big)
    number: int = Field(sa_type=Big)
    draw: str = Field(max_length=40)
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    at: datetime = Field(sa_type=Moment)
    ticket: int = Field(sa_type=Big)
    digest: str = Field(max_length=64)
    prize: str | None = Field(default=None, max_length=40)
    withheld: str | None = Field(default=None, max_length=40)
    entry_id: int = Field(foreign_key="ledger_entry.id", sa_type=Big)
    program_version: int = Field(foreign_key="program_version.id")


prize_draw_rounds = table_of(PrizeDrawRound)
prize_draw_plays = table_of(PrizeDrawPlay)
