"""Deliveries that leave: marking them before, recording what became of them after."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, bindparam, case, column, delete, func, insert, literal_column, null, select, text, update
from sqlmodel import Session

from core.db.chats import chats
from core.db.deliveries import IS_PLANNED, deliveries, leading
from core.db.fact_queries import note_stale_chats
from core.db.prepared import Prepared
from core.db.staff import staff_members
from core.db.unguessed import unguessed


def _rows(name: str, *columns: str) -> Any:
    """The JSON that is the parameter `rows`, as a table of those columns of deliveries; on PostgreSQL."""
    return (
        func.json_to_recordset(bindparam("rows", type_=JSON))
        .table_valued(*(column(each, deliveries.c[each].type) for each in columns))
        .render_derived(name=name, with_types=True)
    )


_STILL_PLANNED = (deliveries.c.id == bindparam("row_id"), IS_PLANNED)
_LEAVING: Any = {"state": literal_column("'sending'"), "sent_by": bindparam("by"), "left_at": bindparam("now")}
_MARK = Prepared(update(deliveries).where(*_STILL_PLANNED).values(chat_id=bindparam("chat"), **_LEAVING))
_BOUND = _rows("bound", "id", "chat_id")
_MARK_AT_ONCE = Prepared(
    update(deliveries)
    .where(deliveries.c.id == _BOUND.c.id, unguessed(IS_PLANNED))
    .values(chat_id=_BOUND.c.chat_id, **_LEAVING)
)
"""PostgreSQL takes the rows as one parameter: a statement for each costs it three times as much."""
_PUT_OFF = Prepared(update(deliveries).where(*_STILL_PLANNED).values(due_at=bindparam("until")))
_END_UNSENT = Prepared(
    update(deliveries)
    .where(*_STILL_PLANNED)
    .values(state=bindparam("to"), reason=bindparam("why"), ended_at=bindparam("now"))
)
_OUTCOME = ("state", "reason", "error", "message_id", "due_at", "left_at", "ended_at", "tries", "doubts")
_OURS = (
    deliveries.c.sent_by == bindparam("by"),
    text(f"{deliveries.name}.state IN ('sending', 'in_doubt', 'planned', 'paused')"),
    deliveries.c.left_at.is_not(None),
)
_RECORD = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("row_id"), *_OURS)
    .values({name: bindparam(f"new_{name}") for name in _OUTCOME})
)
_NEW = _rows("new", "id", *_OUTCOME)
_RECORD_AT_ONCE = Prepared(
    update(deliveries)
    .where(deliveries.c.id == _NEW.c.id, unguessed(*_OURS))
    .values({name: _NEW.c[name] for name in _OUTCOME})
)


def mark(session: Session, chat_of: Mapping[int, int], by: str, now: datetime) -> None:
    """They are about to leave, each for that chat."""
    if not chat_of:
        return
    if session.get_bind().dialect.name == "postgresql":
        bound = [{"id": each, "chat_id": chat} for each, chat in chat_of.items()]
        _MARK_AT_ONCE.run(session, {"rows": bound, "by": by, "now": now})
    else:
        leaving = {"by": by, "now": now}
        _MARK.run(session, *({"row_id": each, "chat": chat, **leaving} for each, chat in chat_of.items()))


def put_off(session: Session, until: dict[int, datetime]) -> None:
    _PUT_OFF.run(session, *({"row_id": each, "until": at} for each, at in until.items()))


def end_unsent(session: Session, ends: Mapping[int, tuple[str, str | None]], now: datetime) -> None:
    """State and reason by id."""
    rows = ({"row_id": each, "to": state, "why": why, "now": now} for each, (state, why) in ends.items())
    _END_UNSENT.run(session, *rows)


def record(session: Session, by: str, outcomes: Iterable[dict[str, Any]]) -> None:
    """What became of rows that `by` marked last. A late answer for one that was given up for in doubt, or planned once
    more for that, settles the doubt."""
    rows = list(outcomes)
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        _RECORD_AT_ONCE.run(session, {"by": by, "rows": rows})
    else:
        _RECORD.run(session, *({"by": by, "row_id": each["id"], **_new(each)} for each in rows))


def _new(outcome: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": outcome[name] for name in _OUTCOME}


def abandoned(session: Session, at: datetime) -> list[Any]:
    """What was marked and never recorded by senders that do not lead any more, of whichever bot. at: in real time."""
    columns = [deliveries.c[name] for name in ("id", "kind", "due_at", "left_at", "tries", "doubts", "sent_by")]
    theirs = (text("delivery.state = 'sending'"), deliveries.c.sent_by.not_in(leading(at)))
    return list(session.execute(select(*columns).where(*theirs).with_for_update()))


def take_back(session: Session, by: str, known: Collection[int]) -> None:
    """What `by` marked and does not know of never left this time: it is planned, as before."""
    unknown = (text("delivery.state = 'sending'"), deliveries.c.sent_by == by, deliveries.c.id.not_in(known))
    left_before = case((deliveries.c.doubts > 0, deliveries.c.left_at), else_=null())
    session.execute(update(deliveries).where(*unknown).values(state="planned", left_at=left_before))


def block_chats(session: Session, chat_ids: list[int]) -> None:
    if chat_ids:
        note_stale_chats(session, chat_ids, blocked=True)
        session.execute(update(chats).where(chats.c.id.in_(chat_ids)).values(blocked=True))


def move_chat(session: Session, old: int, new: int) -> None:
    """Telegram gave a chat another id; where both are known, the old one is blocked instead."""
    seat = session.execute(select(chats).where(chats.c.id == old)).one_or_none()
    if session.execute(select(chats.c.id).where(chats.c.id == new)).first() is not None:
        block_chats(session, [old])
    elif seat is not None:  # what refers to it must find a chat at any moment
        session.execute(insert(chats).values(seat._asdict() | {"id": new, "member_id": None}))
        session.execute(update(staff_members).where(staff_members.c.chat_id == old).values(chat_id=new))
        session.execute(delete(chats).where(chats.c.id == old))
        session.execute(update(chats).where(chats.c.id == new).values(member_id=seat.member_id))
    session.execute(update(deliveries).where(deliveries.c.chat_id == old).values(chat_id=new))
