"""Which deliveries are due, and what bears on whether they may leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, exists, func, literal_column, or_, select, text, true
from sqlmodel import Session

from core.db.among import among, ids_named
from core.db.chats import SEAT, chats
from core.db.deliveries import IS_PLANNED, LEFT, SAID, deliveries, message_contents, stopped_sources
from core.db.members import members, merged_cards
from core.db.mutes import mutes
from core.db.prepared import Prepared
from core.db.unguessed import unguessed

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
_NEXT = (
    select(deliveries.c.id)
    .where(
        IS_PLANNED,
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
        *SAID,
        *_PERSON,
        *SEAT,
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
    .where(IS_PLANNED, deliveries.c.kind == bindparam("of_kind"), deliveries.c.due_at <= bindparam("now"), ~_PAUSED)
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
    person = select(members.c.id.label("member_id"), *_PERSON, *SEAT, any_mute.label("mutes"))
    found = person.select_from(members.outerjoin(chats, chats.c.member_id == members.c.id))
    of = {row.member_id: row._asdict() for row in session.execute(found.where(members.c.id.in_(kept)))}
    seat = [column.name for column in SEAT]
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
    IS_PLANNED,
    text(f"{deliveries.name}.kind <> 'transactional'"),
    deliveries.c.priority > bindparam("above"),
    deliveries.c.due_at < bindparam("until"),
)
_BEARS = or_(_HAS_LEFT, _COMING)
_WHAT_BEARS = select(
    *(deliveries.c[name] for name in ("id", "member_id", "kind", "source", "priority", "due_at")),
    case((_HAS_LEFT, deliveries.c.left_at)).label("left_at"),
)
_LEFT_OR_COMING = Prepared(_WHAT_BEARS.where(among(deliveries.c.member_id, ids_named("ids")), _BEARS))
_WANTED: Any = func.unnest(ids_named("ids")).table_valued("id").render_derived("wanted")
_OF_ONE = (
    _WHAT_BEARS.where(deliveries.c.member_id == _WANTED.c.id, unguessed(_BEARS))
    .offset(literal_column("0"))
    .lateral("of_one")
)
_OF_EACH = Prepared(select(_OF_ONE).select_from(_WANTED.join(_OF_ONE, true())))
"""PostgreSQL looks member by member: the offset keeps it from making one scan of it all."""


def left_or_coming(
    session: Session, member_ids: Collection[int], since: datetime, until: datetime, above: int
) -> list[Any]:
    """What went out to these members since then, or may have, whatever card it was for; and what of a priority above
    that is planned, due before `until` and not over: (id, member_id, kind, source, priority, due_at, left_at), left_at
    being null of the latter."""
    merged = merged_cards(session, member_ids)
    found = _OF_EACH if session.get_bind().dialect.name == "postgresql" else _LEFT_OR_COMING
    rows = found.all(session, {"ids": [*member_ids, *merged], "since": since, "until": until, "above": above})
    return [row._replace(member_id=merged.get(row.member_id, row.member_id)) for row in rows] if merged else rows


def muted_by(session: Session, member_ids: Iterable[int]) -> list[Any]:
    """(member_id, kind) of what these members do not want any more."""
    wanted = among(mutes.c.member_id, member_ids)
    return list(session.execute(select(mutes.c.member_id, mutes.c.kind).where(wanted)))
