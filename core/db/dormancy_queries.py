"""When members were seen last, and since when the books know them: what their closing follows from."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlmodel import Session

from core.db.among import among
from core.db.ledger import accounts
from core.db.members import consents, members


def last_seen() -> ColumnElement[datetime]:
    """The last purchase, or what came later: joining, the card's being handed on, its being reopened; of members joined
    with their accounts."""
    last: ColumnElement[Any] = members.c.joined_at
    for later in (accounts.c.last_purchase_at, members.c.holder_since, members.c.reopened_at):
        last = case((later > last, later), else_=last)
    return last


def known_at() -> ColumnElement[datetime]:
    """Since when the books know a member: who comes from another system joined before."""
    first = select(func.min(consents.c.at)).where(consents.c.member_id == members.c.id).correlate(members)
    return func.coalesce(first.scalar_subquery(), members.c.joined_at)


def known_since(session: Session, member_ids: Collection[int]) -> dict[int, datetime]:
    """known_at of each of these members."""
    query = select(members.c.id, known_at()).where(among(members.c.id, member_ids))
    return {row[0]: row[1] for row in session.execute(query)}


def standing(session: Session, member_id: int) -> Row[Any]:
    """closed_at, last_seen, known_at; and next_due_at, which is never later than an open account's closing."""
    moments = (last_seen().label("last_seen"), known_at().label("known_at"))
    query = select(members.c.closed_at, accounts.c.next_due_at, *moments)
    query = query.join(accounts, accounts.c.member_id == members.c.id)
    return session.execute(query.where(members.c.id == member_id)).one()
