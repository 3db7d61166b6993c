"""Reading what counts towards goals, and what they have brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlmodel import Session

from core.db.coupons import coupons
from core.db.ledger import accounts, entries

Rows = Sequence[Row[Any]]
MARK = "goal:%"
REWARD = "reward:%"
"""The rules of entries that pay for rewards; a play of a prize draw is paid for under another."""
_ordered = entries.alias("ordered")


def qualified(session: Session, which: ColumnElement[bool], since: datetime) -> Rows:
    """member_id, qualifies_at, purchase_id and the qualifying columns of entries that qualify from `since` on."""
    columns = ("member_id", "qualifies_at", "purchase_id", "qualifying_spend", "qualifying_points", "qualifying_more")
    query = select(*(entries.c[name] for name in columns)).where(which, entries.c.qualifies_at >= since)
    return session.execute(query.order_by(entries.c.member_id)).all()


def paid_for_rewards(session: Session, which: ColumnElement[bool], since: datetime) -> Rows:
    """member_id, at and points of redemptions from `since` on; what was given back counts at the moment of the
    redemption that it undoes."""
    undone = and_(entries.c.kind == "reversal", _ordered.c.kind == "redemption")
    at = func.coalesce(_ordered.c.effective_at, entries.c.effective_at, type_=entries.c.effective_at.type)
    query = (
        select(entries.c.member_id, at.label("at"), (-entries.c.points).label("points"))
        .outerjoin(_ordered, _ordered.c.id == entries.c.corrects_id)
        .where(which, entries.c.rule.like(REWARD), or_(entries.c.kind == "redemption", undone), at >= since)
    )
    return session.execute(query.order_by(entries.c.member_id)).all()


def kept_sums(session: Session, first: int, last: int) -> Rows:
    """member_id and goal_sums of accounts whose sums are known."""
    known = (accounts.c.member_id.between(first, last), accounts.c.goal_sums.is_not(None))
    query = select(accounts.c.member_id, accounts.c.goal_sums).where(*known)
    return session.execute(query.order_by(accounts.c.member_id)).all()


def brought(session: Session, which: ColumnElement[bool]) -> Rows:
    """The entries that goals have brought or taken back, of each member oldest first."""
    query = select(entries).where(which, entries.c.rule.like(MARK))
    return session.execute(query.order_by(entries.c.member_id, entries.c.id)).all()


def coupons_brought(session: Session, which: ColumnElement[bool]) -> Rows:
    """Coupons of goals that are not void, of each member oldest first."""
    query = select(coupons).where(which, coupons.c.source.like(MARK), coupons.c.status != "void")
    return session.execute(query.order_by(coupons.c.member_id, coupons.c.id)).all()
