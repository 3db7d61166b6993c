"""Reading the books of stored value."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, cast, func, literal_column, or_, select
from sqlmodel import Session

from core.db.stored_value import accounts, allocations, entries, lots

OPEN = lots.c.remaining > literal_column("0")
"""A lot with something left; a literal, as for the lots of points."""


_in, _out = entries.alias("into"), entries.alias("out")
_MOVED = (
    lots.join(_in, _in.c.id == lots.c.entry_id)
    .join(_out, and_(_out.c.id == _in.c.corrects_id, _out.c.rule == _in.c.rule))
    .join(allocations, allocations.c.entry_id == _out.c.id)
)
"""A lot of a kept card that a merge brought (`lots`), and the allocation by which its money left the merged one."""


def _total(amount: ColumnElement[int]) -> ColumnElement[int]:
    """A sum as the integer it is: PostgreSQL makes a numeric of it."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


def account(session: Session, member_id: int) -> Row[Any] | None:
    """The row of a member who ever topped up; whoever writes has locked the member's account before."""
    return session.execute(select(accounts).where(accounts.c.member_id == member_id)).one_or_none()


def open_lots(session: Session, member_id: int) -> Sequence[Row[Any]]:
    """Every lot with something left."""
    return session.execute(select(lots).where(lots.c.member_id == member_id, OPEN).order_by(lots.c.id)).all()


def lots_of(session: Session, lot_ids: Collection[int]) -> dict[int, Row[Any]]:
    """By id."""
    return {row.id: row for row in session.execute(select(lots).where(lots.c.id.in_(lot_ids)))}


def entry(session: Session, entry_id: int, *kinds: str) -> Row[Any] | None:
    """The entry with that number, if it is of one of these kinds."""
    query = select(entries).where(entries.c.id == entry_id, entries.c.kind.in_(kinds))
    return session.execute(query).one_or_none()


def corrections(session: Session, entry_id: int, *kinds: str) -> Sequence[Row[Any]]:
    """The entries of these kinds that name this one in corrects_id, oldest first."""
    query = select(entries).where(entries.c.corrects_id == entry_id, entries.c.kind.in_(kinds))
    return session.execute(query.order_by(entries.c.id)).all()


def lot(session: Session, lot_id: int) -> Row[Any]:
    return session.execute(select(lots).where(lots.c.id == lot_id)).one()


def moved_lots(session: Session, source: str) -> Sequence[Row[Any]]:
    """For each lot that a merge moved: entry_id and lot_id of the new one, out_id of the entry that it left by, and
    from_lot, where it came from."""
    query = select(
        _in.c.id.label("entry_id"),
        lots.c.id.label("lot_id"),
        _out.c.id.label("out_id"),
        allocations.c.lot_id.label("from_lot"),
    ).select_from(_MOVED)
    return session.execute(query.where(_in.c.source == source).order_by(_in.c.id)).all()


def origin(session: Session, lot_id: int) -> int:
    """The lot that a lot's money first came in as, perhaps on a card that was merged since."""
    query = select(allocations.c.lot_id).select_from(_MOVED).where(lots.c.id == lot_id)
    before = session.execute(query).scalar_one_or_none()
    return lot_id if before is None else origin(session, before)


def lots_with_money_of(session: Session, lot_id: int, member_id: int) -> Sequence[Row[Any]]:
    """The member's lots in which money of that lot is now: itself, and those that merges brought it to."""
    found, fresh = {lot_id}, {lot_id}
    while fresh:
        query = select(lots.c.id).select_from(_MOVED).where(allocations.c.lot_id.in_(fresh))
        fresh = set(session.execute(query).scalars()) - found
        found |= fresh
    mine = (lots.c.id.in_(found), lots.c.member_id == member_id, OPEN)
    return session.execute(select(lots).where(*mine).order_by(lots.c.id)).all()


def lot_of_entry(session: Session, entry_id: int) -> Row[Any]:
    return session.execute(select(lots).where(lots.c.entry_id == entry_id)).one()


def held_of_payment(session: Session, payment_id: int) -> Sequence[Row[Any]]:
    """lot_id and amount that a payment still holds out of each lot after its refunds, in the order it took them."""
    of_it = or_(entries.c.id == payment_id, entries.c.corrects_id == payment_id)
    query = (
        select(allocations.c.lot_id, _total(allocations.c.amount).label("amount"))
        .join(entries, entries.c.id == allocations.c.entry_id)
        .where(of_it)
        .group_by(allocations.c.lot_id)
        .having(_total(allocations.c.amount) > 0)
        .order_by(func.min(allocations.c.id))
    )
    return session.execute(query).all()
