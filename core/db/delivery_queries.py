"""Deliveries: planning them, holding them back, and what ends one that has not left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, bindparam, case, delete, func, null, or_, select, update
from sqlmodel import Session

from core.db.chats import chats
from core.db.deliveries import IS_PLANNED, deliveries, stopped_sources
from core.db.inserting import insert_into
from core.db.members import one_person


def add(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """How many were not there before."""
    new = _once(session).execution_options(preserve_rowcount=True)
    return int(session.execute(new, rows).rowcount)  # type: ignore[attr-defined]


def add_new(session: Session, rows: Sequence[dict[str, Any]]) -> set[tuple[int, str]]:
    """Member and occasion of those that were not there before; all of one source."""
    if not rows:
        return set()
    new = _once(session).returning(deliveries.c.member_id, deliveries.c.occasion)
    return {(row.member_id, row.occasion) for row in session.execute(new, rows)}


def _once(session: Session) -> Insert:
    """One message to a member for an occasion of a source."""
    new = insert_into(session, deliveries)
    return new.on_conflict_do_nothing(index_elements=["member_id", "source", "occasion"])


def ended(state: str, reason: str, now: datetime) -> dict[str, Any]:
    """How a row ends that is planned and will not leave any more. One that left before, and was never answered for, is
    in doubt, whatever ends it."""
    left = deliveries.c.left_at.is_not(None)
    return {
        "state": case((left, "in_doubt"), else_=state),
        "reason": case((left, null()), else_=reason),
        "ended_at": now,
    }


def end_new(session: Session, member_id: int, occasion: str, source: str, reason: str, now: datetime) -> None:
    """One that was just planned is not sent after all."""
    mine = (
        deliveries.c.member_id == member_id,
        deliveries.c.source == source,
        deliveries.c.occasion == occasion,
        IS_PLANNED,
    )
    session.execute(update(deliveries).where(*mine).values(state="suppressed", reason=reason, ended_at=now))


def stop(session: Session, source: str, cancelled: bool, at: datetime) -> None:
    """Nothing of it leaves from now on. What is cancelled stays so."""
    new = insert_into(session, stopped_sources).values(source=source, cancelled=cancelled, at=at)
    either = or_(stopped_sources.c.cancelled, new.excluded.cancelled)
    session.execute(new.on_conflict_do_update(index_elements=["source"], set_={"cancelled": either}))


def let_go(session: Session, source: str) -> None:
    paused = (stopped_sources.c.source == source, stopped_sources.c.cancelled.is_(False))
    session.execute(delete(stopped_sources).where(*paused))


def move(session: Session, source: str, states: list[str], to: dict[str, Any], most: int) -> int:
    """Change up to so many of a source that are in these states and that no sender is about to mark; how many."""
    still = deliveries.c.state.in_(states)
    some = select(deliveries.c.id).where(deliveries.c.source == source, still).limit(most)
    free = some.with_for_update(skip_locked=True).scalar_subquery()
    moved = update(deliveries).where(deliveries.c.id.in_(free), still).values(to)
    return int(session.execute(moved).rowcount)  # type: ignore[attr-defined]


def tap(session: Session, delivery_id: int, member_id: int, message_id: int, now: datetime) -> bool:
    """A tap proves that it arrived, maybe before Telegram's answer does. False: that member, with the cards that were
    merged into theirs, has no such delivery, or it never left for their chat."""
    theirs = one_person(deliveries.c.member_id, member_id)
    here = select(chats.c.id).where(chats.c.member_id == member_id).scalar_subquery()
    left = (deliveries.c.left_at.is_not(None), func.coalesce(deliveries.c.chat_id, here) == here)
    mine = (deliveries.c.id == delivery_id, theirs, *left)
    open_still = deliveries.c.state.in_(("sending", "in_doubt", "planned", "paused"))
    proven = {"state": "sent", "message_id": message_id, "ended_at": now, "reason": None, "error": None}
    session.execute(update(deliveries).where(*mine, open_still).values(proven))
    tapped = (
        update(deliveries).where(*mine).values(tapped_at=func.coalesce(deliveries.c.tapped_at, bindparam("at", now)))
    )
    return session.execute(tapped.returning(deliveries.c.id)).one_or_none() is not None


def call_off(session: Session, member_id: int, now: datetime) -> None:
    """What is still to be said to a person, on any of their cards, never will be."""
    unsent = (one_person(deliveries.c.member_id, member_id), deliveries.c.state.in_(("planned", "paused")))
    session.execute(update(deliveries).where(*unsent).values(ended("suppressed", "no-chat", now)))


def forget(session: Session, member_id: int, now: datetime) -> None:
    """What was said to a person goes; what was still to be said never will."""
    call_off(session, member_id, now)
    mine = deliveries.c.member_id == member_id
    session.execute(update(deliveries).where(mine, deliveries.c.text.is_not(None)).values(text=""))
    session.execute(update(deliveries).where(mine).values(filling=null(), chat_id=null()))
