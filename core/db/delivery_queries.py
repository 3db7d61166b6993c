"""Deliveries: adding, claiming, recording what became of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    and_,
    bindparam,
    case,
    column,
    delete,
    exists,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from core.db.among import among, ids_named
from core.db.chats import chats
from core.db.deliveries import LEFT, PLANNED, deliveries, leading, message_contents, stopped_sources
from core.db.fact_queries import note_stale_chats
from core.db.members import members, one_person
from core.db.mutes import mutes
from core.db.prepared import Prepared
from core.db.staff import staff_members


def add(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """How many were not there before."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    new = dialect.insert(deliveries).on_conflict_do_nothing(index_elements=["member_id", "source", "occasion"])
    return int(session.execute(new.execution_options(preserve_rowcount=True), rows).rowcount)  # type: ignore[attr-defined]


def add_new(session: Session, rows: Sequence[dict[str, Any]]) -> set[tuple[int, str]]:
    """Member and occasion of those that were not there before; all of one source."""
    if not rows:
        return set()
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    new = dialect.insert(deliveries).on_conflict_do_nothing(index_elements=["member_id", "source", "occasion"])
    added = session.execute(new.returning(deliveries.c.member_id, deliveries.c.occasion), rows)
    return {(row.member_id, row.occasion) for row in added}


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
        _PLANNED,
    )
    session.execute(update(deliveries).where(*mine).values(state="suppressed", reason=reason, ended_at=now))


_PLANNED = text(f"{deliveries.name}.{PLANNED}")
_STOP: Any = select(literal_column("1")).where(stopped_sources.c.source == deliveries.c.source)
_PAUSED = exists(_STOP.where(stopped_sources.c.cancelled.is_(False)))
_CANCELLED = exists(_STOP.where(stopped_sources.c.cancelled))
_MUTES = exists(select(literal_column("1")).where(mutes.c.member_id == deliveries.c.member_id))
_PERSON = (
    *(members.c[f"allow_{purpose}"] for purpose in ("offers", "care", "statement")),
    members.c.quiet_from,
    members.c.quiet_until,
    members.c.never_quiet,
    members.c.zone,
    members.c.style,
    members.c.forgotten_at,
    members.c.closed_at,
)
_SEAT = (chats.c.id.label("chat_id"), chats.c.blocked, chats.c.language.label("chat_language"))
_NEXT = (
    select(deliveries.c.id)
    .where(
        _PLANNED,
        deliveries.c.kind == bindparam("of_kind"),
        deliveries.c.due_at <= bindparam("now"),
        deliveries.c.source.not_in(select(stopped_sources.c.source).where(stopped_sources.c.cancelled.is_(False))),
    )
    .order_by(deliveries.c.due_at, deliveries.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("next")
)
"""Counted off before anything is joined, and what is paused is no join either: PostgreSQL, which knows nothing yet of a
table that was just filled, would join and sort all that is due each time."""
_DUE = (
    select(
        *(
            deliveries.c[name]
            for name in (
                "id",
                "member_id",
                "source",
                "kind",
                "purpose",
                "priority",
                "due_at",
                "expires_at",
                "tries",
                "doubts",
                "left_at",
                "filling",
                "still",
            )
        ),
        deliveries.c.text.label("own_text"),
        deliveries.c.photo.label("own_photo"),
        deliveries.c.buttons.label("own_buttons"),
        message_contents.c.text.label("content_text"),
        message_contents.c.photo.label("content_photo"),
        message_contents.c.buttons.label("content_buttons"),
        *_PERSON,
        *_SEAT,
        members.c.merged_into,
        _MUTES.label("mutes"),
        _CANCELLED.label("cancelled"),
    )
    .select_from(
        _NEXT.join(deliveries, deliveries.c.id == _NEXT.c.id)
        .join(members, members.c.id == deliveries.c.member_id)
        .outerjoin(chats, chats.c.member_id == deliveries.c.member_id)
        .outerjoin(message_contents, message_contents.c.id == deliveries.c.content_id)
    )
    .order_by(deliveries.c.due_at, deliveries.c.id)
)
_CLAIM = Prepared(_DUE)
_ANY_DUE = Prepared(
    select(deliveries.c.id)
    .where(_PLANNED, deliveries.c.kind == bindparam("of_kind"), deliveries.c.due_at <= bindparam("now"), ~_PAUSED)
    .limit(1)
)


def due(session: Session, kinds: Iterable[str], now: datetime, most: int) -> list[Any]:
    """Up to so many that are due, the more urgent first, each with its content, member and chat; locked."""
    found: list[Any] = []
    for kind in kinds:
        if len(found) < most:
            found += _CLAIM.all(session, {"of_kind": kind, "now": now, "most": most - len(found)})
    return _to_persons(session, found)


def _to_persons(session: Session, rows: list[Any]) -> list[Any]:
    """What is planned for a merged card goes to whom it was merged into; in the card's own chat while it has one."""
    kept = {row.merged_into for row in rows if row.merged_into is not None}
    if not kept:
        return rows
    any_mute = exists(select(literal_column("1")).where(mutes.c.member_id == members.c.id))
    person = select(members.c.id.label("member_id"), *_PERSON, *_SEAT, any_mute.label("mutes"))
    found = person.select_from(members.outerjoin(chats, chats.c.member_id == members.c.id))
    of = {row.member_id: row._asdict() for row in session.execute(found.where(members.c.id.in_(kept)))}
    seat = ("chat_id", "blocked", "chat_language")
    return [
        row
        if row.merged_into is None
        else row._replace(
            **of[row.merged_into] | {name: getattr(row, name) for name in seat if row.chat_id is not None}
        )
        for row in rows
    ]


def told_already(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of these messages to merged cards that the person gets, or got, on another card."""
    if not ids:
        return set()
    other, card, others_card = deliveries.alias("other"), members.alias("card"), members.alias("others_card")
    person = func.coalesce(others_card.c.merged_into, others_card.c.id)
    found = (
        select(deliveries.c.id)
        .join(card, card.c.id == deliveries.c.member_id)
        .join(other, and_(other.c.source == deliveries.c.source, other.c.occasion == deliveries.c.occasion))
        .join(others_card, and_(others_card.c.id == other.c.member_id, person == card.c.merged_into))
        .where(
            deliveries.c.id.in_(ids),
            other.c.id != deliveries.c.id,
            other.c.state.in_((*LEFT, "planned", "paused", "held_out")),
            or_(
                other.c.state.not_in(("planned", "paused")),
                others_card.c.merged_into.is_(None),
                other.c.id < deliveries.c.id,
            ),
        )
    )
    return set(session.execute(found).scalars())


def any_due(session: Session, kinds: Iterable[str], now: datetime) -> bool:
    return any(_ANY_DUE.all(session, {"of_kind": kind, "now": now}) for kind in kinds)


_HAS_LEFT = and_(
    deliveries.c.left_at >= bindparam("since"),
    text(f"{deliveries.name}.state IN ({', '.join(map(repr, LEFT))})"),
)
_COMING = and_(
    _PLANNED,
    text(f"{deliveries.name}.kind <> 'transactional'"),
    deliveries.c.priority > bindparam("above"),
    deliveries.c.due_at < bindparam("until"),
)
_LEFT_OR_COMING = Prepared(
    select(
        *(deliveries.c[name] for name in ("id", "member_id", "kind", "source", "priority", "due_at")),
        case((_HAS_LEFT, deliveries.c.left_at)).label("left_at"),
    ).where(among(deliveries.c.member_id, ids_named("ids")), or_(_HAS_LEFT, _COMING))
)


def left_or_coming(
    session: Session, member_ids: Iterable[int], since: datetime, until: datetime, above: int
) -> list[Any]:
    """What went out to these members since then, or may have; and what of a priority above that is planned, due before
    `until` and not over: (id, member_id, kind, source, priority, due_at, left_at), left_at being null of the latter."""
    return _LEFT_OR_COMING.all(session, {"ids": member_ids, "since": since, "until": until, "above": above})


def muted_by(session: Session, member_ids: Iterable[int]) -> list[Any]:
    """(member_id, kind) of what these members do not want any more."""
    wanted = among(mutes.c.member_id, member_ids)
    return list(session.execute(select(mutes.c.member_id, mutes.c.kind).where(wanted)))


def _rows(name: str, *columns: str) -> Any:
    """The JSON that is the parameter `rows`, as a table of those columns of deliveries; on PostgreSQL."""
    return (
        func.json_to_recordset(bindparam("rows", type_=JSON))
        .table_valued(*(column(each, deliveries.c[each].type) for each in columns))
        .render_derived(name=name, with_types=True)
    )


_STILL_PLANNED = (deliveries.c.id == bindparam("row_id"), _PLANNED)
_LEAVING: Any = {"state": literal_column("'sending'"), "sent_by": bindparam("by"), "left_at": bindparam("now")}
_MARK = Prepared(update(deliveries).where(*_STILL_PLANNED).values(chat_id=bindparam("chat"), **_LEAVING))
_BOUND = _rows("bound", "id", "chat_id")
_MARK_AT_ONCE = Prepared(
    update(deliveries).where(deliveries.c.id == _BOUND.c.id, _PLANNED).values(chat_id=_BOUND.c.chat_id, **_LEAVING)
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
    update(deliveries).where(deliveries.c.id == _NEW.c.id, *_OURS).values({name: _NEW.c[name] for name in _OUTCOME})
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


def stop(session: Session, source: str, cancelled: bool, at: datetime) -> None:
    """Nothing of it leaves from now on. What is cancelled stays so."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    new = dialect.insert(stopped_sources).values(source=source, cancelled=cancelled, at=at)
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
