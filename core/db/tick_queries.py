"""Runs of ticks: who may run them, which were begun, what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, insert, or_, select, update
from sqlmodel import Session

from core.db.inserting import insert_into
from core.db.ticks import schedulers, tick_runs, tick_skips

ONLY = 1
"""The id of the only row of `scheduler`."""


def take_lease(session: Session, holder: str, at: datetime, until: datetime, too_far: datetime) -> bool:
    """The lease, new or renewed, unless somebody else holds one that is still good. One that reaches beyond too_far was
    given before the clock was set back, and is good no more."""
    mine = {"holder": holder, "lease_until": until}
    past = or_(schedulers.c.lease_until.is_(None), schedulers.c.lease_until <= at, schedulers.c.lease_until > too_far)
    new = insert_into(session, schedulers).values(id=ONLY, **mine)
    free = or_(past, schedulers.c.holder == holder)
    taken = new.on_conflict_do_update(index_elements=["id"], set_=mine, where=free)
    return session.execute(taken.returning(schedulers.c.id)).one_or_none() is not None


def give_lease_up(session: Session, holder: str) -> None:
    session.execute(update(schedulers).where(schedulers.c.holder == holder).values(holder=None, lease_until=None))


def run_of(session: Session, tick: str, slot: datetime) -> Any:
    """The run of that slot, or None."""
    mine = (tick_runs.c.tick == tick, tick_runs.c.slot == slot)
    return session.execute(select(tick_runs).where(*mine)).one_or_none()


def last_run(session: Session, tick: str) -> Any:
    """The run of the latest slot that was ever begun, or None."""
    newest = select(tick_runs).where(tick_runs.c.tick == tick).order_by(tick_runs.c.slot.desc())
    return session.execute(newest.limit(1)).one_or_none()


def begin(session: Session, row: Mapping[str, Any]) -> None:
    """A run that there was none of."""
    session.execute(insert(tick_runs).values(row))


def change(session: Session, run_id: int, values: Mapping[str, Any]) -> None:
    session.execute(update(tick_runs).where(tick_runs.c.id == run_id).values(values))


def finish(
    session: Session, tick: str, slot: datetime, holder: str, values: Mapping[str, Any], skipped: Mapping[str, int]
) -> None:
    """What came of a run, unless somebody else has begun it anew since."""
    mine = (tick_runs.c.tick == tick, tick_runs.c.slot == slot, tick_runs.c.holder == holder)
    ended = update(tick_runs).where(*mine).values(values).returning(tick_runs.c.id)
    if session.execute(ended).one_or_none() is None:
        return
    session.execute(delete(tick_skips).where(tick_skips.c.tick == tick, tick_skips.c.slot == slot))
    if skipped:
        rows = [{"tick": tick, "slot": slot, "reason": reason, "messages": n} for reason, n in skipped.items()]
        session.execute(insert(tick_skips), rows)


def tally(
    session: Session,
    tick: str,
    slot: datetime,
    row: Mapping[str, Any],
    sent: int,
    failed: int,
    skipped: Mapping[str, int],
) -> None:
    """Count messages under a slot that is counted while it lasts. row: the rest of a new run."""
    new = insert_into(session, tick_runs).values(tick=tick, slot=slot, sent=sent, failed=failed, **row)
    more = {"sent": tick_runs.c.sent + new.excluded.sent, "failed": tick_runs.c.failed + new.excluded.failed}
    session.execute(new.on_conflict_do_update(index_elements=["tick", "slot"], set_=more))
    for reason, count in skipped.items():
        left_out = insert_into(session, tick_skips).values(tick=tick, slot=slot, reason=reason, messages=count)
        added = {"messages": tick_skips.c.messages + left_out.excluded.messages}
        session.execute(left_out.on_conflict_do_update(index_elements=["tick", "slot", "reason"], set_=added))


def tidy(session: Session, before: datetime, idle_before: datetime) -> int:
    """Delete runs from before then, and those that found nothing to do from before idle_before; how many."""
    skips = exists().where(tick_skips.c.tick == tick_runs.c.tick, tick_skips.c.slot == tick_runs.c.slot)
    nothing = and_(
        tick_runs.c.state == "done",
        tick_runs.c.planned + tick_runs.c.sent + tick_runs.c.failed == 0,
        tick_runs.c.detail.is_(None),
        ~skips,
    )
    old = or_(tick_runs.c.started_at < before, and_(tick_runs.c.started_at < idle_before, nothing))
    session.execute(delete(tick_skips).where(tick_skips.c.slot < before))
    return int(session.execute(delete(tick_runs).where(old)).rowcount)  # type: ignore[attr-defined]
