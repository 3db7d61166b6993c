"""When members were seen last: what their closing follows from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, select
from sqlmodel import Session

from core.db.ledger import accounts
from core.db.members import members


def last_seen() -> ColumnElement[datetime]:
    """The last purchase, or what came later: joining, the card's being handed on, its being reopened; of members joined
    with their accounts."""
    last: ColumnElement[Any] = members.c.joined_at
    for later in (accounts.c.last_purchase_at, members.c.holder_since, members.c.reopened_at):
        last = case((later > last, later), else_=last)
    return last


def standing(session: Session, member_id: int) -> Row[Any]:
    """closed_at, last_seen, and next_due_at, which is never later than when an open account is to be closed."""
    columns = (members.c.closed_at, accounts.c.next_due_at, last_seen().label("last_seen"))
    query = select(*columns).join(accounts, accounts.c.member_id == members.c.id)
    return session.execute(query.where(members.c.id == member_id)).one()
