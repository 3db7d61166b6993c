"""Updates as they come in: stored before they are acknowledged, then worked off, one chat's one after another.

Any number of processes work them off. A chat is a lane: whoever takes it has it alone until nothing of it is open,
or until the lease runs out, which the dead lose. Leases are in real time, which the caller says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import delete, null, select, update
from sqlmodel import Session

from core.db import update_queries as queries
from core.db.chats import chats, telegram_updates
from core.db.inserting import insert_into
from core.rules.refusal import Refused
from core.shop import Shop

KEPT = timedelta(hours=48)
"""Telegram holds an update back for 24 hours at most; twice that, and none can come again."""
PRESS_WAITS = timedelta(seconds=150)
"""For so long Telegram lets a press of a button be answered."""
NO_CHAT = 0


class Incoming(BaseModel):
    """An update as Telegram brought it. chat_id: None where it belongs to no chat."""

    update_id: int
    chat_id: int | None
    payload: dict[str, Any]


class OpenUpdate(BaseModel):
    """An update whose answer has not left yet.

    tries: how often it was begun, this time included. late: a press that Telegram lets nobody answer any more.
    """

    update_id: int
    chat_id: int
    payload: dict[str, Any]
    tries: int
    late: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """Who takes lanes, at which moment, and until when what is taken is theirs."""

    holder: str
    at: datetime
    until: datetime


def store_update(shop: Shop, update_id: int, chat_id: int | None, payload: dict[str, Any]) -> bool:
    """False if it was stored before. Update ids are a set, not a sequence: they restart at random."""
    with shop.write() as session:
        return _store(shop, session, [Incoming(update_id=update_id, chat_id=chat_id, payload=payload)]) == 1


def receive_updates(shop: Shop, updates: Sequence[Incoming], lease: Lease, most: int) -> list[OpenUpdate]:
    """Store them, and take up to `most` lanes in the same commit: the first open update of each."""
    with shop.write() as session:
        _store(shop, session, updates)
        return _take(shop, session, lease, most)


def take_updates(shop: Shop, lease: Lease, most: int) -> list[OpenUpdate]:
    """The first open update of up to `most` chats that nobody works off; lanes with a pressed button come first."""
    with shop.read() as session:
        if not queries.any_free(session, lease.at):
            return []
    with shop.write() as session:
        return _take(shop, session, lease, most)


def finish_update(shop: Shop, done: OpenUpdate, lease: Lease) -> OpenUpdate | None:
    """Its answer has left. The next of that chat, or None: nothing is open, and the lane is free, or another's."""
    with shop.write() as session:
        queries.finish(session, done.update_id, shop.now())
        if not queries.keep(session, lease.holder, lease.until, {done.chat_id}):
            return None
        return next(iter(_first_open(shop, session, lease, [done.chat_id])), None)


def rest_lane(shop: Shop, unanswered: OpenUpdate, lease: Lease, forgiven: bool) -> None:
    """Whoever comes first after lease.until begins it anew. forgiven: it was not its fault, so no try counts."""
    with shop.write() as session:
        queries.keep(session, lease.holder, lease.until, {unanswered.chat_id})
        if forgiven:
            queries.forget_tries(session, unanswered.update_id)


def keep_lanes(shop: Shop, lease: Lease, chat_ids: Collection[int]) -> set[int]:
    """Those of these lanes that are still this holder's, for longer now."""
    with shop.write() as session:
        return queries.keep(session, lease.holder, lease.until, chat_ids)


def leave_lanes(shop: Shop, holder: str) -> None:
    """Whoever else works updates off may go on at once."""
    with shop.write() as session:
        queries.leave_all(session, holder)


def tidy_updates(shop: Shop) -> int:
    """Delete finished updates older than KEPT; how many."""
    old = (telegram_updates.c.done_at.is_not(None), telegram_updates.c.received_at < shop.now() - KEPT)
    with shop.write() as session:
        return len(session.execute(delete(telegram_updates).where(*old).returning(telegram_updates.c.id)).all())


def get_dialogue(shop: Shop, chat_id: int) -> dict[str, Any] | None:
    """The question last asked in that chat and the answers so far, or None."""
    with shop.read() as session:
        return session.execute(select(chats.c.dialogue).where(chats.c.id == chat_id)).scalar_one_or_none()


def set_dialogue(shop: Shop, chat_id: int, dialogue: dict[str, Any] | None) -> None:
    """Refused: unknown-chat (open_chat comes first)."""
    mine = (
        update(chats)
        .where(chats.c.id == chat_id)
        .values(dialogue=null() if dialogue is None else dialogue)
        .returning(chats.c.id)
    )
    with shop.write() as session:
        if session.execute(mine).one_or_none() is None:
            raise Refused("unknown-chat", chat_id=chat_id)


def _store(shop: Shop, session: Session, updates: Sequence[Incoming]) -> int:
    now = shop.now()
    rows = [
        {
            "update_id": each.update_id,
            "chat_id": NO_CHAT if each.chat_id is None else each.chat_id,
            "payload": each.payload,
            "received_at": now,
            "pressed": "callback_query" in each.payload,
        }
        for each in updates
    ]
    if not rows:
        return 0
    stored = insert_into(session, telegram_updates).values(rows).on_conflict_do_nothing(index_elements=["update_id"])
    return len(session.execute(stored.returning(telegram_updates.c.id)).all())


def _take(shop: Shop, session: Session, lease: Lease, most: int) -> list[OpenUpdate]:
    taken = queries.take(session, lease.holder, lease.at, lease.until, most)
    return _first_open(shop, session, lease, taken)


def _first_open(shop: Shop, session: Session, lease: Lease, chat_ids: list[int]) -> list[OpenUpdate]:
    """The next of each lane, its try counted; a lane with nothing open is left."""
    firsts = queries.first_open(session, chat_ids)
    queries.count_tries(session, [row.update_id for row in firsts])
    queries.leave(session, lease.holder, set(chat_ids) - {row.chat_id for row in firsts})
    return [_begun(shop, row) for row in firsts]


def _begun(shop: Shop, row: Any) -> OpenUpdate:
    return OpenUpdate(
        update_id=row.update_id,
        chat_id=row.chat_id,
        payload=row.payload,
        tries=row.tries + 1,
        late=row.pressed and row.received_at + PRESS_WAITS <= shop.now(),
    )
