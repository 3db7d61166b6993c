"""Reading and locking the books. Rows come back as they are; services turn them into what the rules know."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlmodel import Session

from core.db.among import among
from core.db.ledger import accounts, allocations, entries, lots
from core.db.members import members, one_person
from core.db.prepared import Prepared

Rows = Sequence[Row[Any]]
LAPSES = ("expiry", "dormancy")
"""The rules of entries by which points lapse, and of those that undo them."""


def _total(points: ColumnElement[int]) -> ColumnElement[int]:
    """A sum as the integer it is: PostgreSQL makes a numeric of it."""
    return cast(func.sum(points), BigInteger)


_OF_MEMBER: Any = bindparam("of_member")
_LOCK = Prepared(
    select(
        accounts,
        members.c.birthday,
        members.c.referrer_id,
        members.c.forgotten_at,
        members.c.merged_into,
        members.c.merged_at,
        members.c.closed_at,
        members.c.reopened_at,
    )
    .join(members, members.c.id == accounts.c.member_id)
    .where(accounts.c.member_id == _OF_MEMBER)
    .with_for_update(of=(accounts, members), key_share=True)
)
OPEN = lots.c.remaining > literal_column("0")
"""A lot with something left. A literal, since the index of open lots is partial: for a parameter SQLite would plan the
statement anew at every execution (13 µs)."""
_OPEN_LOTS = Prepared(
    select(lots.c.id, lots.c.remaining, lots.c.activates_at, lots.c.expires_at).where(
        lots.c.member_id == _OF_MEMBER, OPEN
    )
)
_IDLE_ENDS = Prepared(
    select(lots.c.expires_at, lots.c.idle_version)
    .where(lots.c.member_id == _OF_MEMBER, lots.c.idle_version.is_not(None), lots.c.expires_at > bindparam("at"))
    .distinct()
)
_OF_ONE_END = (
    lots.c.member_id == _OF_MEMBER,
    lots.c.idle_version.is_not(None),  # lets the partial index answer
    lots.c.idle_version == bindparam("of_version"),
    lots.c.expires_at == bindparam("end"),
)
_EMPTY_IDLE_LOTS = Prepared(select(lots.c.id).where(*_OF_ONE_END, lots.c.remaining == 0))
_MOVE_IDLE_LOTS = Prepared(update(lots).where(*_OF_ONE_END).values(expires_at=bindparam("until")))
_QUALIFYING_SUMS = Prepared(
    select(
        func.coalesce(func.sum(entries.c.qualifying_spend), 0).label("spend"),
        func.coalesce(func.sum(entries.c.qualifying_points), 0).label("points"),
    ).where(
        entries.c.member_id == _OF_MEMBER,
        entries.c.qualifies_at >= bindparam("since"),
        entries.c.qualifies_at <= bindparam("until"),
    )
)


def lock_account(session: Session, member_id: int) -> Any:
    """The account with birthday, referrer_id, forgotten_at, merged_into, merged_at, closed_at and reopened_at of its
    member, locked to the end of the transaction; None where there is none.

    Both rows are locked: who waited on PostgreSQL sees a locked row as it is now, but any other as it was before the
    wait, and a member forgotten meanwhile would still buy.

    Several members: lock in descending id. Whoever was invited has a higher id than who invited them, and a purchase
    locks its buyer first. One who was merged comes before whom it was merged into, whichever id is higher: the first
    is locked to find the second.
    """
    return _LOCK.one_or_none(session, {"of_member": member_id})


def lock_accounts(session: Session, member_ids: Collection[int]) -> None:
    """Lock the accounts of all these and of those who invited them, in the order in which everybody locks."""
    invited = select(members.c.referrer_id).where(among(members.c.id, member_ids), members.c.referrer_id.is_not(None))
    ids = {*member_ids, *session.execute(invited).scalars()}
    wanted = select(accounts.c.member_id).where(among(accounts.c.member_id, ids)).order_by(accounts.c.member_id.desc())
    session.execute(wanted.with_for_update(key_share=True)).all()


def open_lots(session: Session, member_id: int) -> Sequence[Any]:
    """id, remaining, activates_at, expires_at of every lot with something left."""
    return _OPEN_LOTS.all(session, {"of_member": member_id})


def idle_ends(session: Session, member_id: int, at: datetime) -> Sequence[Any]:
    """expires_at and idle_version of lots whose end moves on with what the member does, if it had not come by that
    moment. Most lots share one."""
    return _IDLE_ENDS.all(session, {"of_member": member_id, "at": at})


def empty_idle_lots(session: Session, member_id: int, version: int, end: datetime) -> list[int]:
    """Ids of the lots of one such end that have nothing left."""
    rows = _EMPTY_IDLE_LOTS.all(session, {"of_member": member_id, "of_version": version, "end": end})
    return [row.id for row in rows]


def move_idle_lots(session: Session, member_id: int, version: int, end: datetime, until: datetime) -> None:
    """The lots of one such end have another."""
    _MOVE_IDLE_LOTS.run(session, {"of_member": member_id, "of_version": version, "end": end, "until": until})


def qualifying_sums(session: Session, member_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    """Spend and points that qualify at moments from `since` to `until`, both included."""
    sums = _QUALIFYING_SUMS.one_or_none(session, {"of_member": member_id, "since": since, "until": until})
    return int(sums.spend), int(sums.points)


QUALIFYING = (
    entries.c.member_id,
    entries.c.qualifies_at,
    entries.c.effective_at,
    entries.c.qualifying_spend,
    entries.c.qualifying_points,
    entries.c.qualifying_more,
)
"""What an entry contributes to the tier."""


def contributions(session: Session, member_id: int, since: datetime) -> Rows:
    """QUALIFYING of every entry that qualifies from `since` on."""
    query = select(*QUALIFYING).where(entries.c.member_id == member_id, entries.c.qualifies_at >= since)
    return session.execute(query).all()


def unpaid_debts(session: Session, member_id: int) -> Rows:
    """entry_id and points still owed, oldest first: negative entries that no lot has fully covered."""
    covered = func.coalesce(_total(allocations.c.points), 0)
    query = (
        select(entries.c.id.label("entry_id"), (-entries.c.points - covered).label("owed"))
        .outerjoin(allocations, allocations.c.entry_id == entries.c.id)
        .where(entries.c.member_id == member_id, entries.c.points < 0)
        .group_by(entries.c.id, entries.c.points)
        .having(-entries.c.points > covered)
        .order_by(entries.c.id)
    )
    return session.execute(query).all()


def entries_from(session: Session, member_id: int, source: str) -> Rows:
    """id, member_id, kind, rule, points and recorded_at of a person's entries of one source, on whichever card, oldest
    first."""
    columns = (entries.c.id, entries.c.member_id, entries.c.kind, entries.c.rule, entries.c.points)
    query = select(*columns, entries.c.recorded_at)
    mine = query.where(one_person(entries.c.member_id, member_id), entries.c.source == source)
    return session.execute(mine.order_by(entries.c.id)).all()


def granted_since(session: Session, member_id: int, rule: str, since: datetime | None) -> int:
    """How many bonuses of a rule the member was given, from `since` on or ever."""
    query = select(func.count()).select_from(entries)
    query = query.where(one_person(entries.c.member_id, member_id), entries.c.rule == rule, entries.c.kind == "bonus")
    if since is not None:
        query = query.where(entries.c.effective_at >= since)
    return session.execute(query).scalar_one() or 0


def handed_on_at(session: Session, member_id: int) -> datetime | None:
    """When the card was handed to the person who holds it; None where it never was."""
    handed = (entries.c.member_id == member_id, entries.c.rule == "handover")
    query = select(entries.c.recorded_at).where(*handed).order_by(entries.c.id.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


def closings(session: Session, member_id: int) -> Rows:
    """id, effective_at, source and program_version of the entries that closed a member and were not undone, the newest
    first."""
    undoing = entries.alias("undoing")
    undone = exists().where(undoing.c.corrects_id == entries.c.id, undoing.c.rule == "dormancy")
    columns = (entries.c.id, entries.c.effective_at, entries.c.source, entries.c.program_version)
    closed = (entries.c.rule == "dormancy", entries.c.kind == "expiry", entries.c.qualifies_at.is_not(None))
    query = select(*columns).where(entries.c.member_id == member_id, *closed, ~undone)
    return session.execute(query.order_by(entries.c.id.desc())).all()


def lot_of_entry(session: Session, entry_id: int) -> Row[Any] | None:
    return session.execute(select(lots).where(lots.c.entry_id == entry_id)).one_or_none()


def takes_of_entry(session: Session, entry_id: int) -> Rows:
    """lot_id and net points that an entry still holds out of each lot."""
    query = (
        select(allocations.c.lot_id, _total(allocations.c.points).label("points"))
        .where(allocations.c.entry_id == entry_id)
        .group_by(allocations.c.lot_id)
        .having(_total(allocations.c.points) > 0)
        .order_by(allocations.c.lot_id)
    )
    return session.execute(query).all()


def lapses_of_lot(session: Session, lot_id: int) -> Rows:
    """entry_id, rule and points of the expiry entries that took from a lot, oldest first, less what undid them."""
    first = entries.alias("first")
    lapse = case((entries.c.kind == "expiry", entries.c.id), else_=entries.c.corrects_id)
    query = (
        select(lapse.label("entry_id"), first.c.rule, _total(allocations.c.points).label("points"))
        .join(entries, entries.c.id == allocations.c.entry_id)
        .join(first, first.c.id == lapse)
        .where(allocations.c.lot_id == lot_id, entries.c.kind.in_(("expiry", "reversal")))
        .where(entries.c.rule.in_(LAPSES))
        .group_by(lapse, first.c.rule)
        .having(_total(allocations.c.points) > 0)
        .order_by(lapse)
    )
    return session.execute(query).all()


def lapses_while_closed(session: Session, member_id: int) -> Rows:
    """id, effective_at, source and program_version of the entries by which points lapsed that had come back to a closed
    account."""
    columns = (entries.c.id, entries.c.effective_at, entries.c.source, entries.c.program_version)
    lapsed = (entries.c.rule == "dormancy", entries.c.kind == "expiry", entries.c.qualifies_at.is_(None))
    query = select(*columns).where(entries.c.member_id == member_id, *lapsed)
    return session.execute(query.order_by(entries.c.id)).all()


def takes_of_lapse(session: Session, entry_id: int) -> Rows:
    """lot_id and points that an expiry entry took from each lot, less what undid it."""
    undoing = (entries.c.corrects_id == entry_id) & (entries.c.kind == "reversal") & entries.c.rule.in_(LAPSES)
    query = (
        select(allocations.c.lot_id, _total(allocations.c.points).label("points"))
        .join(entries, entries.c.id == allocations.c.entry_id)
        .where(or_(entries.c.id == entry_id, undoing))
        .group_by(allocations.c.lot_id)
        .having(_total(allocations.c.points) > 0)
        .order_by(allocations.c.lot_id)
    )
    return session.execute(query).all()


def activate_lots(session: Session, purchase_id: int, member_id: int, at: datetime) -> None:
    """Lots of that purchase's points on an account, and those that they were carried on to by merges, become spendable
    at that moment if they would later."""
    query = select(entries.c.id).where(entries.c.purchase_id == purchase_id, entries.c.member_id == member_id)
    known: set[int] = set()
    found = set(session.execute(query).scalars())
    out, into = entries.alias(), entries.alias()
    while found - known:
        known |= found
        carried = select(into.c.id).join(out, into.c.corrects_id == out.c.id)
        on = carried.where(out.c.corrects_id.in_(found), out.c.rule == "merged", into.c.rule == "merged")
        found = set(session.execute(on).scalars())
    later = lots.c.entry_id.in_(known), lots.c.activates_at > at
    session.execute(update(lots).where(*later).values(activates_at=at))
