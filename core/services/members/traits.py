"""A member's traits are kept beside the member, so that duplicates are found by an index."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, exists, insert, select, update
from sqlmodel import Session

from core.db.members import members
from core.db.merges import member_traits
from core.rules.traits import traits

LONGEST = 120


def note_traits(session: Session, member_id: int) -> None:
    """Bring them in line with the member's row."""
    columns = [members.c[name] for name in ("card_number", "name", "phone", "birthday")]
    row = session.execute(select(*columns).where(members.c.id == member_id)).one()
    forget_traits(session, member_id)
    add_traits(session, member_id, traits(row.card_number, row.name, row.phone, row.birthday))


def add_traits(session: Session, member_id: int, found: Mapping[str, str]) -> None:
    """Those of a new member."""
    kept = {kind: value[:LONGEST] for kind, value in found.items()}
    if not kept:
        return
    known = session.execute(select(*(exists().where(*_same(*each)).label(each[0]) for each in kept.items()))).one()
    shared = {kind for kind, is_known in known._mapping.items() if is_known}
    for kind in sorted(shared):
        _mark(session, kind, kept[kind])
    rows = [
        {"member_id": member_id, "kind": kind, "value": value, "alike": kind in shared} for kind, value in kept.items()
    ]
    session.execute(insert(member_traits), rows)


def _mark(session: Session, kind: str, value: str) -> None:
    """Who has had that trait alone has it no longer. Whom somebody else has locked is marked by that one."""
    alone = select(member_traits.c.member_id).where(*_same(kind, value), member_traits.c.alike.is_(False))
    ids = session.execute(alone.with_for_update(skip_locked=True)).scalars().all()
    if ids:
        mine = (member_traits.c.kind == kind, member_traits.c.member_id.in_(ids))
        session.execute(update(member_traits).where(*mine).values(alike=True))


def _same(kind: str, value: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return member_traits.c.kind == kind, member_traits.c.value == value


def forget_traits(session: Session, member_id: int) -> None:
    session.execute(delete(member_traits).where(member_traits.c.member_id == member_id))
