"""Reading merges, and the entries that link the books of two cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, case, cast, func, select, update
from sqlmodel import Session

from core.db.ledger import allocations, entries, lots
from core.db.ledger_queries import QUALIFYING
from core.db.members import members, one_person
from core.db.merges import member_merges
from core.db.purchases import purchases

Rows = Sequence[Row[Any]]
_out = entries.alias("out")
_in = entries.alias("in")


def merge_by_id(session: Session, merge_id: int) -> Row[Any] | None:
    return session.execute(select(member_merges).where(member_merges.c.id == merge_id)).one_or_none()


def merge_of(session: Session, other_id: int) -> Row[Any]:
    """The one that this member was merged by, with the other's card_number as `card`."""
    query = (
        select(member_merges, members.c.card_number.label("card"))
        .join(members, members.c.id == member_merges.c.other_id)
        .where(member_merges.c.other_id == other_id, member_merges.c.undone_at.is_(None))
    )
    return session.execute(query).one()


def merged_into(session: Session, member_id: int) -> int | None:
    """As of now, not locked."""
    found: int | None = session.execute(select(members.c.merged_into).where(members.c.id == member_id)).scalar()
    return found


def handed_on_since(session: Session, member_id: int, at: Any) -> bool:
    since = session.execute(select(members.c.holder_since).where(members.c.id == member_id)).scalar()
    return since is not None and since > at


def last_purchase_at(session: Session, member_id: int) -> Any:
    """With any of the person's cards."""
    mine = one_person(purchases.c.member_id, member_id)
    return session.execute(select(func.max(purchases.c.occurred_at)).where(mine)).scalar()


def cards_of(session: Session, member_id: int) -> list[int]:
    """The ids of those whose books go on in the member's: who was merged into the member, and before that into one of
    those. In the order of their merges, which is the one to lock them in: books go on in later ones."""
    found: list[Row[Any]] = []
    keepers = [member_id]
    while keepers:
        query = select(member_merges.c.id, member_merges.c.other_id)
        into = query.where(member_merges.c.keep_id.in_(keepers), member_merges.c.undone_at.is_(None))
        rows = session.execute(into).all()
        found += rows
        keepers = [row.other_id for row in rows]
    return [row.other_id for row in sorted(found, key=lambda row: int(row.id))]


def next_merge(session: Session, member_id: int) -> Row[Any] | None:
    """The one that the member was merged by, if it is in force."""
    query = select(member_merges).where(member_merges.c.other_id == member_id, member_merges.c.undone_at.is_(None))
    return session.execute(query).one_or_none()


def history(session: Session, member_id: int, source: str | None = None) -> Rows:
    """QUALIFYING of every entry, or of those of one source."""
    mine = [entries.c.member_id == member_id, entries.c.qualifies_at.is_not(None)]
    if source is not None:
        mine.append(entries.c.source == source)
    return session.execute(select(*QUALIFYING).where(*mine)).all()


def carried(session: Session, member_id: int, source: str) -> Rows:
    """The entries of a merge that carry what counts towards the tier, oldest first."""
    mine = (entries.c.member_id == member_id, entries.c.source == source, entries.c.rule == "carried")
    return session.execute(select(entries).where(*mine).order_by(entries.c.id)).all()


def successor(session: Session, entry_id: int, source: str) -> int | None:
    """The entry that brought the points of that one's lot to the other account, the one with most left."""
    query = (
        select(_in.c.id)
        .join(_out, _in.c.corrects_id == _out.c.id)
        .join(lots, lots.c.entry_id == _in.c.id)
        .where(_out.c.corrects_id == entry_id, _out.c.source == source, _in.c.source == source)
        .where(_out.c.member_id != _in.c.member_id, _out.c.points < 0)
        .order_by(lots.c.remaining.desc(), _in.c.id)
    )
    found: int | None = session.execute(query.limit(1)).scalar()
    return found


def moved_lots(session: Session, source: str) -> Rows:
    """For each lot that a merge moved: entry_id and lot_id of the new one, out_id of the entry that it left by, and
    from_lot, where it came from."""
    query = (
        select(
            _in.c.id.label("entry_id"),
            lots.c.id.label("lot_id"),
            _out.c.id.label("out_id"),
            allocations.c.lot_id.label("from_lot"),
        )
        .join(_out, _in.c.corrects_id == _out.c.id)
        .join(lots, lots.c.entry_id == _in.c.id)
        .join(allocations, allocations.c.entry_id == _out.c.id)
        .where(_in.c.source == source, _out.c.source == source, _in.c.points > 0, _out.c.points < 0)
        .where(_in.c.member_id != _out.c.member_id)
    )
    return session.execute(query.order_by(_in.c.id)).all()


def open_merges(session: Session) -> Rows:
    return session.execute(select(member_merges).where(member_merges.c.undone_at.is_(None))).all()


def moved_debts(session: Session, source: str) -> Rows:
    """For each debt that a merge moved: entry_id and points (negative) of where it is owed now, out_id of the entry
    that paid it, and debtor, the entry that caused it."""
    query = (
        select(
            _in.c.id.label("entry_id"),
            _in.c.points,
            _out.c.id.label("out_id"),
            _out.c.corrects_id.label("debtor"),
        )
        .join(_out, _in.c.corrects_id == _out.c.id)
        .where(_in.c.source == source, _out.c.source == source, _in.c.points < 0, _out.c.points > 0)
        .where(_in.c.member_id != _out.c.member_id)
    )
    return session.execute(query.order_by(_in.c.id)).all()


def owed_again(session: Session, debt: int, lot_id: int) -> Row[Any] | None:
    """If that lot paid the debt only since it was carried on by a merge that is undone: id and points (negative) of the
    entry by which it is owed again."""
    query = (
        select(_in.c.id, _in.c.points)
        .join(_out, _in.c.corrects_id == _out.c.id)
        .join(lots, lots.c.entry_id == _out.c.id)
        .where(lots.c.id == lot_id, _out.c.corrects_id == debt, _out.c.rule == _in.c.rule)
        .where(_in.c.points < 0, _in.c.member_id == _out.c.member_id)
    )
    return session.execute(query).one_or_none()


def takes_of_lot(session: Session, lot_id: int) -> Rows:
    """entry_id and net points of the entries that still hold something out of a lot, oldest first."""
    points = cast(func.sum(allocations.c.points), BigInteger)
    query = (
        select(allocations.c.entry_id, points.label("points"))
        .where(allocations.c.lot_id == lot_id)
        .group_by(allocations.c.entry_id)
        .having(points > 0)
    )
    return session.execute(query.order_by(allocations.c.entry_id)).all()


def uses_of_lot(session: Session, lot_id: int) -> dict[str, int]:
    """The points that entries still hold out of a lot, by kind; what gave points back counts with what it undid."""
    undone = entries.alias("undone")
    gives_back = (allocations.c.points < 0) & (entries.c.points > 0)  # not a debt that is no longer paid
    kind = case((gives_back, func.coalesce(undone.c.kind, entries.c.kind)), else_=entries.c.kind)
    query = (
        select(kind.label("kind"), cast(func.sum(allocations.c.points), BigInteger).label("points"))
        .join(entries, entries.c.id == allocations.c.entry_id)
        .outerjoin(undone, undone.c.id == entries.c.corrects_id)
        .where(allocations.c.lot_id == lot_id)
        .group_by(kind)
    )
    return {row.kind: row.points for row in session.execute(query) if row.points}


def remaining(session: Session, lot_id: int) -> int:
    return int(session.execute(select(lots.c.remaining).where(lots.c.id == lot_id)).scalar_one())


def entry_of_lot(session: Session, lot_id: int) -> int:
    return int(session.execute(select(lots.c.entry_id).where(lots.c.id == lot_id)).scalar_one())


def idle_terms(session: Session, lot_id: int) -> Row[Any]:
    """idle_until and idle_version of a lot."""
    return session.execute(select(lots.c.idle_until, lots.c.idle_version).where(lots.c.id == lot_id)).one()


def hand_lapse_back(session: Session, from_lot: int, to_lot: int) -> None:
    """What the end of idle points has moved on to in one lot is where it moves on from in the other."""
    end = select(lots.c.expires_at).where(lots.c.id == from_lot).scalar_subquery()
    of_idle = (lots.c.id == to_lot, lots.c.idle_version.is_not(None))
    session.execute(update(lots).where(*of_idle).values(expires_at=end, idle_until=end))


def entry_by_id(session: Session, entry_id: int) -> Row[Any]:
    return session.execute(select(entries).where(entries.c.id == entry_id)).one()


def card_number(session: Session, member_id: int) -> str:
    return str(session.execute(select(members.c.card_number).where(members.c.id == member_id)).scalar_one())
