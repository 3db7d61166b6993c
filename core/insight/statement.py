"""A month of a member's points, as a bank would put it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlmodel import Session

from core.db.ledger import accounts, entries
from core.db.members import with_holder
from core.db.purchases import purchases
from core.program.schema import Program
from core.rules.refusal import Refused
from core.rules.terms import business_day, plus_months, start_of_day
from core.shop import Shop


class Statement(BaseModel):
    """The entries effective in one month of the program's zone, summed by kind and signed as in the books:
    closing = opening + accrual + bonus + redemption + expiry + reversal + adjustment.

    opening, closing: the sum of the books, so what is pending counts and what is owed is taken off.
    since inclusive, until exclusive. purchases, spend: number, and minor units less what was returned.
    """

    month: str
    since: datetime
    until: datetime
    opening: int
    accrual: int = 0
    bonus: int = 0
    redemption: int = 0
    expiry: int = 0
    reversal: int = 0
    adjustment: int = 0
    closing: int
    purchases: int
    spend: int


def statement(shop: Shop, session: Session, member_id: int, year: int, month: int) -> Statement:
    """Refused: unknown-member, month-invalid, month-not-begun."""
    if not (1 <= month <= 12 and 1970 <= year <= 9998):
        raise Refused("month-invalid", month=f"{year}-{month}")
    if session.execute(select(accounts.c.member_id).where(accounts.c.member_id == member_id)).first() is None:
        raise Refused("unknown-member", id=member_id)
    zone = shop.version_at(session, shop.now()).program.program.zone
    first = date(year, month, 1)
    since, until = start_of_day(first, zone), start_of_day(plus_months(first, 1), zone)
    if since > shop.now():
        raise Refused("month-not-begun", month=f"{first:%Y-%m}")
    opening = _opening(session, member_id, since)
    moved = _moved(session, member_id, since, until)
    count, spend = _bought(session, member_id, since, until)
    return Statement(
        month=f"{first:%Y-%m}",
        since=since,
        until=until,
        opening=opening,
        **moved,
        closing=opening + sum(moved.values()),
        purchases=count,
        spend=spend,
    )


def months(session: Session, program: Program, member_id: int) -> list[str]:
    """The months (YYYY-MM) from the member's first entry to the last, newest first; empty without entries."""
    span = select(func.min(entries.c.effective_at), func.max(entries.c.effective_at))
    mine = (entries.c.member_id == member_id, with_holder(entries.c.member_id, entries.c.recorded_at))
    first, last = session.execute(span.where(*mine)).one()
    if first is None:
        return []
    day = business_day(last, program.program.zone).replace(day=1)
    start = business_day(first, program.program.zone).replace(day=1)
    found = []
    while day >= start:
        found.append(f"{day:%Y-%m}")
        day = plus_months(day, -1)
    return found


def _opening(session: Session, member_id: int, since: datetime) -> int:
    before = (entries.c.member_id == member_id, entries.c.effective_at < since)
    return int(session.execute(select(func.coalesce(func.sum(entries.c.points), 0)).where(*before)).scalar_one())


def _moved(session: Session, member_id: int, since: datetime, until: datetime) -> dict[str, int]:
    during = (entries.c.member_id == member_id, entries.c.effective_at >= since, entries.c.effective_at < until)
    sums = select(entries.c.kind, func.sum(entries.c.points)).where(*during).group_by(entries.c.kind)
    return {kind: int(points) for kind, points in session.execute(sums)}


def _bought(session: Session, member_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    during = (
        purchases.c.member_id == member_id,
        purchases.c.occurred_at >= since,
        purchases.c.occurred_at < until,
        with_holder(purchases.c.member_id, purchases.c.occurred_at),
    )
    spend = func.coalesce(func.sum(purchases.c.total - purchases.c.refunded), 0)
    count, spent = session.execute(select(func.count(), spend).where(*during)).one()
    return int(count), int(spent)
