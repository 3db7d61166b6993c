"""Ticks of the scheduler: every run that was, and which process may run them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class TickRun(SQLModel, table=True):
    """The run of a tick for one slot of its rhythm: the key under which it happens once.

    state: running, done, failed (error). tries: how often it was begun. missed: how many slots before this one nobody
    ran, which it makes up for. started_at: by the shop's clock. planned, sent, failed: messages, where it makes some,
    and members for whom something raised; detail: what else its service said.
    """

    __tablename__ = "tick_run"
    __table_args__ = (
        UniqueConstraint("tick", "slot"),
        CheckConstraint("state IN ('running', 'done', 'failed')", name="tick_run_state"),
    )

    id: int | None = row_id()
    tick: str = Field(max_length=40)
    slot: datetime = Field(sa_type=Moment)
    state: str = Field(max_length=7)
    holder: str = Field(max_length=60)
    tries: int
    missed: int
    started_at: datetime = Field(sa_type=Moment, index=True)
    took_ms: int | None = None
    planned: int = 0
    sent: int = 0
    failed: int = 0
    detail: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    error: str | None = Field(default=None, max_length=300)


class TickSkip(SQLModel, table=True):
    """How many messages a run left out, or ended unsent, for one reason."""

    __tablename__ = "tick_skip"

    tick: str = Field(primary_key=True, max_length=40)
    slot: datetime = Field(primary_key=True, sa_type=Moment)
    reason: str = Field(primary_key=True, max_length=40)
    messages: int


class Scheduler(SQLModel, table=True):
    """The one process that may run ticks: a single row. lease_until is in real time, as a sender's."""

    id: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    holder: str | None = Field(default=None, max_length=60)
    lease_until: datetime | None = Field(default=None, sa_type=Moment)


tick_runs = table_of(TickRun)
tick_skips = table_of(TickSkip)
schedulers = table_of(Scheduler)
