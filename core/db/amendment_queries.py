"""Amendments: bringing them into force, giving each message that had left its row, claiming and recording."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, insert, literal, literal_column, null, select, text, update
from sqlmodel import Session

from core.db.amendments import PLANNED, SENDING, amended_messages, amendments, delivery_taps
from core.db.chats import SEAT, chats
from core.db.deliveries import LEFT, SAID, deliveries, leading, message_contents, senders
from core.db.inserting import insert_into
from core.db.members import members
from core.db.prepared import Prepared
from core.db.unguessed import unguessed

MAIN = "1"
"""The occasion of a campaign's own message; its test messages are none of this."""
_PLANNED = text(f"{amended_messages.name}.{PLANNED}")
_SENDING = text(f"{amended_messages.name}.{SENDING}")
_NEXT = (
    select(*(amended_messages.c[name] for name in ("id", "amendment_id", "delivery_id", "tries", "due_at")))
    .where(_PLANNED, amended_messages.c.due_at <= bindparam("now"))
    .order_by(amended_messages.c.due_at, amended_messages.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=amended_messages, skip_locked=True)
    .cte("next")
)
"""Counted off before anything is joined: see leaving_queries."""
_OTHER = amended_messages.alias("other")
_SAME_MESSAGE: Any = select(literal_column("1")).where(_OTHER.c.delivery_id == _NEXT.c.delivery_id)
_ON_ITS_WAY = unguessed(_OTHER.c.state == literal_column("'sending'"))
_CLAIM = Prepared(
    select(
        _NEXT.c.id,
        _NEXT.c.tries,
        _NEXT.c.due_at,
        amendments.c.kind,
        *(deliveries.c[name] for name in ("state", "message_id", "filling", "source", "purpose")),
        deliveries.c.kind.label("message_kind"),
        deliveries.c.id.label("delivery_id"),
        deliveries.c.left_at.label("message_left_at"),
        *SAID,
        members.c.style,
        members.c.forgotten_at,
        *SEAT,
        exists(_SAME_MESSAGE.where(_OTHER.c.amendment_id > _NEXT.c.amendment_id)).label("replaced"),
        exists(_SAME_MESSAGE.where(_ON_ITS_WAY)).label("busy"),
    )
    .select_from(
        _NEXT.join(amendments, amendments.c.id == _NEXT.c.amendment_id)
        .join(deliveries, deliveries.c.id == _NEXT.c.delivery_id)
        .join(members, members.c.id == deliveries.c.member_id)
        .outerjoin(chats, chats.c.id == deliveries.c.chat_id)
        .outerjoin(message_contents, message_contents.c.id == deliveries.c.content_id)
    )
    .order_by(_NEXT.c.due_at, _NEXT.c.id)
)
_ANY_DUE = Prepared(
    select(amended_messages.c.id).where(_PLANNED, amended_messages.c.due_at <= bindparam("now")).limit(1)
)
_PLANNING = Prepared(
    select(amendments)
    .where(text(f"{amendments.name}.status = 'planning'"))
    .order_by(amendments.c.id)
    .limit(1)
    .with_for_update(of=amendments)
)
_MARK = Prepared(
    update(amended_messages)
    .where(amended_messages.c.id == bindparam("row_id"))
    .values(state="sending", sent_by=bindparam("by"), left_at=bindparam("now"))
)
_NEW = ("state", "outcome", "error", "due_at", "tries", "ended_at")
_RECORD = Prepared(
    update(amended_messages)
    .where(
        amended_messages.c.id == bindparam("row_id"),
        unguessed(amended_messages.c.sent_by == bindparam("by"), _SENDING),
    )
    .values({name: bindparam(f"new_{name}") for name in _NEW})
)
_SETTLE = Prepared(
    update(amended_messages)
    .where(amended_messages.c.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "outcome", "due_at", "ended_at")})
)


def add(session: Session, values: dict[str, Any]) -> int:
    return int(session.execute(insert(amendments).values(values).returning(amendments.c.id)).scalar_one())


def amendment(session: Session, amendment_id: int) -> Row[Any] | None:
    return session.execute(select(amendments).where(amendments.c.id == amendment_id)).one_or_none()


def locked(session: Session, amendment_id: int) -> Row[Any] | None:
    return session.execute(select(amendments).where(amendments.c.id == amendment_id).with_for_update()).one_or_none()


def change(session: Session, amendment_id: int, values: dict[str, Any]) -> None:
    session.execute(update(amendments).where(amendments.c.id == amendment_id).values(values))


def of_source(session: Session, source: str) -> list[Row[Any]]:
    """Oldest first."""
    found = select(amendments).where(amendments.c.source == source).order_by(amendments.c.id)
    return list(session.execute(found))


def withdraw_waiting(session: Session, source: str) -> None:
    """No correction that still waits for a second person comes into force."""
    mine = (amendments.c.source == source, amendments.c.status == "awaiting_approval")
    session.execute(update(amendments).where(*mine).values(status="withdrawn"))


def hold_senders(session: Session) -> None:
    """Nobody marks a message until this transaction ends: every message has either left with what was, or will leave
    with what is being written. A sender's turn locks its row before it reads; SQLite lets one write at a time. In one
    order: so no two who hold them wait for each other."""
    session.execute(select(senders.c.bot_id).order_by(senders.c.bot_id).with_for_update()).all()


def saying(session: Session, content_id: int) -> Row[Any]:
    """text, photo and buttons as they are now."""
    return session.execute(select(message_contents).where(message_contents.c.id == content_id)).one()


def left_with(session: Session, source: str, content_id: int, after: int, until: int) -> list[Row[Any]]:
    """filling and card of whom this content went to or will, among the deliveries with ids in (after, until]."""
    mine = (
        deliveries.c.id > after,
        deliveries.c.id <= until,
        unguessed(deliveries.c.source == source, deliveries.c.content_id == content_id),
    )
    found = select(deliveries.c.filling, members.c.card_number).join(members, members.c.id == deliveries.c.member_id)
    return list(session.execute(found.where(*mine).order_by(deliveries.c.id)))


def say(session: Session, content_id: int, words: str, buttons: list[Any] | None) -> None:
    """What is planned with this content, and what will be, says this from now on."""
    now = {"text": words, "buttons": buttons if buttons else null()}
    session.execute(update(message_contents).where(message_contents.c.id == content_id).values(now))


def span(session: Session, source: str) -> tuple[int, int]:
    """Its deliveries have ids after the first number, up to the second."""
    ends = select(func.min(deliveries.c.id), func.max(deliveries.c.id)).where(deliveries.c.source == source)
    first, last = session.execute(ends).one()
    return (0, 0) if first is None else (first - 1, last)


def planning(session: Session) -> Any:
    """The oldest amendment whose messages do not all have their rows, locked; None where there is none."""
    return _PLANNING.one_or_none(session, {})


def give_rows(
    session: Session,
    amendment: Any,
    until: int,
    contents: Collection[int] | None,
    left_before: datetime,
    now: datetime,
) -> None:
    """A row for each message among the deliveries after planned_to up to `until` that had left before that moment, of
    these contents or of all."""
    wanted = [
        deliveries.c.source == amendment.source,
        deliveries.c.occasion == MAIN,
        deliveries.c.state.in_((*LEFT, "planned", "paused")),  # the latter where it is to leave once more
        deliveries.c.left_at <= left_before,
    ]
    if contents is not None:
        wanted.append(deliveries.c.content_id.in_(contents))
    rows = select(
        literal(amendment.id), deliveries.c.id, literal("planned"), literal(now, amended_messages.c.due_at.type),
        literal(0),
    ).where(deliveries.c.id > amendment.planned_to, deliveries.c.id <= until, unguessed(*wanted))  # fmt: skip
    new = insert_into(session, amended_messages).from_select(
        ["amendment_id", "delivery_id", "state", "due_at", "tries"], rows, include_defaults=False
    )
    session.execute(new.on_conflict_do_nothing(index_elements=["delivery_id", "amendment_id"]))


def due(session: Session, now: datetime, most: int) -> list[Any]:
    """Up to so many, each with its message as it stands; locked."""
    return _CLAIM.all(session, {"now": now, "most": most})


def any_due(session: Session, now: datetime) -> bool:
    if _ANY_DUE.all(session, {"now": now}):
        return True
    found = select(amendments.c.id).where(text("status = 'planning'")).limit(1)
    return session.execute(found).first() is not None


def mark(session: Session, ids: Iterable[int], by: str, now: datetime) -> None:
    """They are about to be asked for."""
    _MARK.run(session, *({"row_id": each, "by": by, "now": now} for each in ids))


def settle(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """What became of rows for which nothing is asked of Telegram now: id, state, outcome, due_at, ended_at."""
    _SETTLE.run(session, *(_new(each) for each in rows))


def record(session: Session, by: str, outcomes: Iterable[dict[str, Any]]) -> None:
    """What became of rows that `by` marked, unless somebody else has taken them up since."""
    _RECORD.run(session, *(_new(each) | {"by": by} for each in outcomes))


def _new(row: dict[str, Any]) -> dict[str, Any]:
    return {"row_id": row["id"]} | {f"new_{name}": value for name, value in row.items() if name != "id"}


def take_back(session: Session, by: str, known: Collection[int]) -> None:
    """What `by` marked and does not know of was never asked for: it is planned, as before."""
    unknown = (_SENDING, amended_messages.c.sent_by == by, amended_messages.c.id.not_in(known))
    session.execute(update(amended_messages).where(*unknown).values(state="planned"))


def take_up(session: Session, at: datetime, now: datetime) -> None:
    """What was marked and never recorded by senders that do not lead any more, of whichever bot, is asked for again.
    at: in real time."""
    theirs = (_SENDING, amended_messages.c.sent_by.not_in(leading(at)))
    session.execute(update(amended_messages).where(*theirs).values(state="planned", due_at=now))


def known_again(session: Session, delivery_ids: Collection[int], now: datetime) -> None:
    """Messages that were in doubt are known now: what could not be done about them can be."""
    mine = (amended_messages.c.delivery_id.in_(delivery_ids), amended_messages.c.state == "in_doubt")
    session.execute(update(amended_messages).where(*mine).values(state="planned", due_at=now, ended_at=None))


def button_of(session: Session, delivery_id: int, data: str) -> bool:
    """Whether the message has such a button: what a tap says comes from the member's device."""
    found = (
        select(deliveries.c.buttons.label("own"), message_contents.c.buttons.label("content"))
        .outerjoin(message_contents, message_contents.c.id == deliveries.c.content_id)
        .where(deliveries.c.id == delivery_id)
    )
    row = session.execute(found).one()
    return any(each.get("data") == data for line in row.own or row.content or [] for each in line)


def note_tap(session: Session, delivery_id: int, button: str, now: datetime) -> None:
    """The first on each button counts."""
    new = insert_into(session, delivery_taps).values(delivery_id=delivery_id, button=button, at=now)
    session.execute(new.on_conflict_do_nothing(index_elements=["delivery_id", "button"]))
