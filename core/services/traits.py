"""A member's traits are kept beside the member, so that duplicates are found by an index."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select, update
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
    rows = [
        {"member_id": member_id, "kind": kind, "value": value, "alike": _known(session, kind, value)}
        for kind, value in kept.items()
    ]
    session.execute(insert(member_traits), rows)


def _known(session: Session, kind: str, value: str) -> bool:
    """Whether somebody has that trait; then who does is marked, by whoever comes first."""
    same = (member_traits.c.kind == kind, member_traits.c.value == value)
    if session.execute(select(member_traits.c.member_id).where(*same).limit(1)).first() is None:
        return False
    alone = select(member_traits.c.member_id).where(*same, member_traits.c.alike.is_(False))
    ids = session.execute(alone.with_for_update(skip_locked=True)).scalars().all()
    if ids:
        session.execute(update(member_traits).where(*same, member_traits.c.member_id.in_(ids)).values(alike=True))
    return True


def forget_traits(session: Session, member_id: int) -> None:
    session.execute(delete(member_traits).where(member_traits.c.member_id == member_id))
