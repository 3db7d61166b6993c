"""Updates and the lanes they are worked off in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, exists, func, literal, select, text, update
from sqlmodel import Session

from core.db.among import among
from core.db.chats import OPEN, lanes, telegram_updates
from core.db.inserting import insert_into

_OPEN = text(f"telegram_update.{OPEN}")


def _held(at: datetime) -> Any:
    return exists().where(lanes.c.chat_id == telegram_updates.c.chat_id, lanes.c.lease_until > at)


def any_free(session: Session, at: datetime) -> bool:
    """Whether something is open in a lane that nobody holds."""
    return session.execute(select(telegram_updates.c.id).where(_OPEN, ~_held(at)).limit(1)).first() is not None


def take(session: Session, holder: str, at: datetime, until: datetime, most: int) -> list[int]:
    """Up to so many lanes with something open that nobody holds: pressed buttons first, then who has waited longest.

    Of several who take the same lane at once one gets it: the condition is looked at again when its row is locked.
    """
    chat_id = telegram_updates.c.chat_id
    waiting = (
        select(chat_id, literal(holder), literal(until, lanes.c.lease_until.type))
        .where(_OPEN, ~_held(at))
        .group_by(chat_id)
        .order_by(func.max(case((telegram_updates.c.pressed, 1), else_=0)).desc(), func.min(telegram_updates.c.id))
        .limit(most)
    )
    new = insert_into(session, lanes).from_select(["chat_id", "holder", "lease_until"], waiting)
    mine = {"holder": holder, "lease_until": until}
    taken = new.on_conflict_do_update(index_elements=["chat_id"], set_=mine, where=lanes.c.lease_until <= at)
    return list(session.execute(taken.returning(lanes.c.chat_id)).scalars())


def first_open(session: Session, chat_ids: Collection[int]) -> list[Any]:
    """Of each chat, in Telegram's order, which is that of the update ids."""
    if not chat_ids:
        return []
    of_chats = select(func.min(telegram_updates.c.update_id)).where(_OPEN, among(telegram_updates.c.chat_id, chat_ids))
    first = of_chats.group_by(telegram_updates.c.chat_id).scalar_subquery()
    columns = (
        telegram_updates.c[name] for name in ("update_id", "chat_id", "payload", "received_at", "pressed", "tries")
    )
    return list(session.execute(select(*columns).where(telegram_updates.c.update_id.in_(first))))


def count_tries(session: Session, update_ids: Collection[int]) -> None:
    if update_ids:
        begun = update(telegram_updates).where(among(telegram_updates.c.update_id, update_ids))
        session.execute(begun.values(tries=telegram_updates.c.tries + 1))


def forget_tries(session: Session, update_id: int) -> None:
    session.execute(update(telegram_updates).where(telegram_updates.c.update_id == update_id).values(tries=0))


def finish(session: Session, update_id: int, now: datetime) -> None:
    mine = (telegram_updates.c.update_id == update_id, _OPEN)
    session.execute(update(telegram_updates).where(*mine).values(done_at=now))


def keep(session: Session, holder: str, until: datetime, chat_ids: Collection[int]) -> set[int]:
    """Those of these lanes that are still this holder's, for longer."""
    mine = (lanes.c.holder == holder, among(lanes.c.chat_id, chat_ids))
    kept = update(lanes).where(*mine).values(lease_until=until).returning(lanes.c.chat_id)
    return set(session.execute(kept).scalars())


def leave(session: Session, holder: str, chat_ids: Collection[int]) -> None:
    if chat_ids:
        session.execute(delete(lanes).where(lanes.c.holder == holder, among(lanes.c.chat_id, chat_ids)))


def leave_all(session: Session, holder: str) -> None:
    session.execute(delete(lanes).where(lanes.c.holder == holder))
