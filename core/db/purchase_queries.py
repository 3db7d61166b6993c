"""Reading purchases as the services need them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, or_, select, update
from sqlmodel import Session

from core.db.ledger import entries, lots
from core.db.members import one_person
from core.db.prepared import Prepared
from core.db.purchases import purchase_deliveries, purchase_lines, purchases, refund_lines, refunds

Rows = Sequence[Row[Any]]
_OF_MEMBER: Any = bindparam("of_member")
_BOUGHT_SINCE = Prepared(
    select(purchases.c.occurred_at).where(
        one_person(purchases.c.member_id, _OF_MEMBER), purchases.c.occurred_at >= bindparam("since")
    )
)


def purchase_by_id(session: Session, purchase_id: int) -> Row[Any] | None:
    return session.execute(select(purchases).where(purchases.c.id == purchase_id)).one_or_none()


def lines_of(session: Session, purchase_id: int) -> Rows:
    query = select(purchase_lines).where(purchase_lines.c.purchase_id == purchase_id)
    return session.execute(query.order_by(purchase_lines.c.number)).all()


def refunded_quantities(session: Session, purchase_id: int) -> dict[int, int]:
    """How many of each line number came back so far."""
    query = (
        select(refund_lines.c.line_number, func.sum(refund_lines.c.quantity))
        .join(refunds, refunds.c.id == refund_lines.c.refund_id)
        .where(refunds.c.purchase_id == purchase_id)
        .group_by(refund_lines.c.line_number)
    )
    return {number: int(quantity) for number, quantity in session.execute(query)}


def refunded_by_amount(session: Session, purchase_id: int) -> int:
    query = select(func.coalesce(func.sum(refunds.c.by_amount), 0)).where(refunds.c.purchase_id == purchase_id)
    return int(session.execute(query).scalar_one())


def later_purchases(session: Session, member_id: int, at: datetime, external_id: str) -> Rows:
    """The member's purchases after that one, in the order in which they are judged: by time, then by external id."""
    later = or_(
        purchases.c.occurred_at > at, and_(purchases.c.occurred_at == at, purchases.c.external_id > external_id)
    )
    query = select(purchases).where(purchases.c.member_id == member_id, later)
    return session.execute(query.order_by(purchases.c.occurred_at, purchases.c.external_id)).all()


def bought_since(session: Session, member_id: int, since: datetime) -> list[datetime]:
    """When the person bought something, with any of their cards, from `since` on."""
    return [row.occurred_at for row in _BOUGHT_SINCE.all(session, {"of_member": member_id, "since": since})]


def purchases_between(session: Session, member_id: int, since: datetime, until: datetime) -> Rows:
    """The member's purchases from `since` to before `until`, in the order in which they are judged."""
    during = (purchases.c.member_id == member_id, purchases.c.occurred_at >= since, purchases.c.occurred_at < until)
    query = select(purchases).where(*during)
    return session.execute(query.order_by(purchases.c.occurred_at, purchases.c.external_id)).all()


def earned_between(
    session: Session, member_id: int, rules: list[str], since: datetime, at: datetime, external_id: str
) -> dict[str, int]:
    """By rule, the points of the member's purchases from `since` to before that one, corrections included."""
    before = or_(
        purchases.c.occurred_at < at, and_(purchases.c.occurred_at == at, purchases.c.external_id < external_id)
    )
    query = (
        select(entries.c.rule, func.sum(entries.c.points))
        .join(purchases, purchases.c.id == entries.c.purchase_id)
        .where(entries.c.member_id == member_id, entries.c.rule.in_(rules))
        .where(purchases.c.member_id == member_id, purchases.c.occurred_at >= since, before)
        .group_by(entries.c.rule)
    )
    return {rule: int(points) for rule, points in session.execute(query)}


def has_earlier(session: Session, member_id: int, at: datetime, external_id: str) -> bool:
    """Whether the member bought before that purchase."""
    earlier = or_(
        purchases.c.occurred_at < at, and_(purchases.c.occurred_at == at, purchases.c.external_id < external_id)
    )
    query = select(purchases.c.id).where(one_person(purchases.c.member_id, member_id), earlier).limit(1)
    return session.execute(query).first() is not None


def delivered_at(session: Session, purchase_id: int) -> datetime | None:
    """When its goods arrived, if that was reported."""
    query = select(purchase_deliveries.c.delivered_at).where(purchase_deliveries.c.purchase_id == purchase_id)
    found: datetime | None = session.execute(query).scalar_one_or_none()
    return found


def waiting_lots(session: Session, version: int, channels: Sequence[str]) -> Rows:
    """id, member_id, activates_at, occurred_at, channel and delivered_at of lots with something left, from purchases
    judged by that version in those channels."""
    query = (
        select(lots.c.id, lots.c.member_id, lots.c.activates_at, purchases.c.occurred_at, purchases.c.channel)
        .add_columns(purchase_deliveries.c.delivered_at)
        .join(entries, entries.c.id == lots.c.entry_id)
        .join(purchases, purchases.c.id == entries.c.purchase_id)
        .outerjoin(purchase_deliveries, purchase_deliveries.c.purchase_id == purchases.c.id)
        .where(purchases.c.program_version == version, purchases.c.channel.in_(channels), lots.c.remaining > 0)
    )
    return session.execute(query).all()


def entries_of(session: Session, purchase_id: int) -> Rows:
    """Every entry a purchase led to, on whoever's account, oldest first."""
    return session.execute(select(entries).where(entries.c.purchase_id == purchase_id).order_by(entries.c.id)).all()


def set_judged_tier(session: Session, purchase_id: int, tier: str) -> None:
    """Note the tier that a purchase is judged with, now that a late one has changed it."""
    session.execute(update(purchases).where(purchases.c.id == purchase_id).values(tier=tier))
