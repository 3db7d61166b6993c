"""What the scheduler and the worker did, run by run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, select, tuple_
from sqlmodel import Session

from core.db.ticks import tick_runs, tick_skips


class RunView(BaseModel):
    """One run of a tick for one slot. state: running, done, failed (error). missed: slots before it that it makes up
    for. skipped: messages left out, or ended unsent, by reason. failed: messages refused, and members for whom
    something raised; detail: what else it said. `deliver` counts what the worker sent in a quarter of an hour."""

    tick: str
    slot: datetime
    state: str
    tries: int
    missed: int
    started_at: datetime
    took_ms: int | None
    planned: int
    sent: int
    skipped: dict[str, int]
    failed: int
    detail: dict[str, Any] | None
    error: str | None


class DayOfTick(BaseModel):
    """A tick's last run, and its last day. left_out: by reason."""

    last: RunView
    runs: int
    failed_runs: int
    planned: int
    sent: int
    failed: int
    left_out: dict[str, int]


def runs(session: Session, limit: int, tick: str | None = None) -> list[RunView]:
    """Newest first; of that tick alone, if one is named."""
    found = select(tick_runs).order_by(tick_runs.c.started_at.desc(), tick_runs.c.id.desc()).limit(limit)
    if tick is not None:
        found = found.where(tick_runs.c.tick == tick)
    return _views(session, session.execute(found).all())


def last_day(session: Session, now: datetime) -> list[DayOfTick]:
    """Every tick that ran in the last 24 hours, by name."""
    since = tick_runs.c.started_at > now - timedelta(days=1)
    sums = [func.sum(tick_runs.c[name]).label(name) for name in ("planned", "sent", "failed")]
    failures = func.sum((tick_runs.c.state == "failed").cast(tick_runs.c.failed.type)).label("failures")
    days = session.execute(
        select(
            tick_runs.c.tick, func.count().label("runs"), failures, func.max(tick_runs.c.slot).label("newest"), *sums
        )
        .where(since)
        .group_by(tick_runs.c.tick)
        .order_by(tick_runs.c.tick)
    ).all()
    newest = [(day.tick, day.newest) for day in days]
    of_newest = select(tick_runs).where(tuple_(tick_runs.c.tick, tick_runs.c.slot).in_(newest))
    last = {view.tick: view for view in _views(session, session.execute(of_newest).all() if newest else ())}
    return [
        DayOfTick(
            last=last[day.tick],
            runs=day.runs,
            failed_runs=day.failures,
            planned=day.planned,
            sent=day.sent,
            failed=day.failed,
            left_out=_left_out(session, day.tick, now),
        )
        for day in days
    ]


def _left_out(session: Session, tick: str, now: datetime) -> dict[str, int]:
    mine = (tick_skips.c.tick == tick, tick_skips.c.slot > now - timedelta(days=1))
    found = (
        select(tick_skips.c.reason, func.sum(tick_skips.c.messages).label("messages"))
        .where(*mine)
        .group_by(tick_skips.c.reason)
    )
    return {row.reason: row.messages for row in session.execute(found.order_by(tick_skips.c.reason))}


def _views(session: Session, rows: Iterable[Any]) -> list[RunView]:
    rows = list(rows)
    keys = [(row.tick, row.slot) for row in rows]
    wanted = tuple_(tick_skips.c.tick, tick_skips.c.slot).in_(keys)
    skips: dict[tuple[str, datetime], dict[str, int]] = {key: {} for key in keys}
    if keys:
        for skip in session.execute(select(tick_skips).where(wanted).order_by(tick_skips.c.reason)):
            skips[skip.tick, skip.slot][skip.reason] = skip.messages
    return [RunView(**row._mapping, skipped=skips[row.tick, row.slot]) for row in rows]
