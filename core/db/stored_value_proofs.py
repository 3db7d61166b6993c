"""Proofs of the books of stored value, for either money. Each finds rows where what is stored is not what is proven."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, func, literal, select

from core.db.proving import compare
from core.db.stored_value import accounts, allocations, entries, lots

MONEYS = ("paid_in", "bonus")


def _sum(money: str) -> Select[Any]:
    """The account holds the sum of the entries."""
    sums = _by_member(entries, entries.c[money])
    return _of_accounts(money, sums)


def _left(money: str) -> Select[Any]:
    """The account holds what is left in the lots."""
    of_money = select(lots.c.member_id, lots.c.remaining).where(lots.c.money == money).subquery()
    return _of_accounts(money, _by_member(of_money, of_money.c.remaining))


def _by_member(source: FromClause, amount: ColumnElement[int]) -> Subquery:
    return select(source.c.member_id, func.sum(amount).label("total")).group_by(source.c.member_id).subquery()


def _of_accounts(money: str, sums: Subquery) -> Select[Any]:
    """Also where there are sums and no account."""
    source = sums.join(accounts, accounts.c.member_id == sums.c.member_id, full=True)
    member = func.coalesce(accounts.c.member_id, sums.c.member_id)
    return compare(source, member, func.coalesce(accounts.c[money], 0), func.coalesce(sums.c.total, 0), member)


def _lot() -> Select[Any]:
    """A lot has left what it held less what was taken."""
    taken = _taken(allocations.c.lot_id)
    source = lots.outerjoin(taken, taken.c.lot_id == lots.c.id)
    return compare(
        source, lots.c.id, lots.c.remaining, lots.c.amount - func.coalesce(taken.c.total, 0), lots.c.member_id
    )


def _allocation(money: str) -> Select[Any]:
    """What an entry says it moved is what it brought in as a lot of its own, less what it took out of others."""
    of_money = lots.c.money == money
    moved = (
        select(allocations.c.entry_id, func.sum(allocations.c.amount).label("total"))
        .join(lots, and_(lots.c.id == allocations.c.lot_id, of_money))
        .group_by(allocations.c.entry_id)
        .subquery()
    )
    own = select(lots.c.entry_id, lots.c.amount).where(of_money).subquery()
    source = entries.outerjoin(own, own.c.entry_id == entries.c.id).outerjoin(moved, moved.c.entry_id == entries.c.id)
    proven = func.coalesce(own.c.amount, 0) - func.coalesce(moved.c.total, literal(0))
    return compare(source, entries.c.id, entries.c[money], proven, entries.c.member_id)


def _taken(of: ColumnElement[Any]) -> Subquery:
    return select(of, func.sum(allocations.c.amount).label("total")).group_by(of).subquery()


STORED_VALUE_PROOFS = [
    ("stored_value_lot", _lot()),
    *(("stored_value_sum", _sum(money)) for money in MONEYS),
    *(("stored_value_lots", _left(money)) for money in MONEYS),
    *(("stored_value_allocation", _allocation(money)) for money in MONEYS),
]
