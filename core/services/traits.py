"""A member's traits are kept beside the member, so that duplicates are found by an index."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select
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
    rows = [{"member_id": member_id, "kind": kind, "value": value[:LONGEST]} for kind, value in found.items()]
    session.execute(insert(member_traits), rows)


def forget_traits(session: Session, member_id: int) -> None:
    session.execute(delete(member_traits).where(member_traits.c.member_id == member_id))
