"""Deriving the members' facts from the books, some thousand members at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlmodel import Session

from core.db.among import among
from core.db.chats import chats
from core.db.facts import fact_refreshes, member_categories, member_facts, member_tags, segment_members, stale_members
from core.db.functions import local_day, root_of
from core.db.inserting import insert_into
from core.db.ledger import accounts, entries, lots, tier_changes
from core.db.ledger_queries import OPEN, QUALIFYING
from core.db.members import members
from core.db.prepared import Prepared
from core.db.purchases import purchase_lines, purchases, refund_lines, refunds
from core.program.filters import WINDOWS, YEAR

Rows = Sequence[Row[Any]]
Wanted = Callable[[ColumnElement[int]], ColumnElement[bool]]
"""Whether a column's member is of those who are looked at."""
_ALIVE = (members.c.forgotten_at.is_(None), members.c.merged_into.is_(None))
_INSERT = Prepared(insert(member_facts))
_INSERT_CATEGORY = Prepared(insert(member_categories))
CUT = ("recency", "frequency", "monetary")
MEASURES = {"recency": "last_purchase_at", "frequency": f"purchases_{YEAR}", "monetary": f"spend_{YEAR}"}
"""What members are cut into fifths by: columns of member_fact."""


def people(session: Session, wanted: Wanted) -> Rows:
    """The members who are neither forgotten nor merged into another, with what their own rows say."""
    copied = ("city", "store", "language", "zone", "joined_at", "style", "allow_offers", "allow_care")
    query = (
        select(
            members.c.id.label("member_id"),
            *(members.c[name] for name in (*copied, "allow_statement", "birthday_md")),
            accounts.c.tier,
            members.c.closed_at,
            chats.c.id.label("chat_id"),
            func.coalesce(chats.c.blocked, False).label("blocked"),
        )
        .select_from(members)
        .join(accounts, accounts.c.member_id == members.c.id)
        .outerjoin(chats, and_(chats.c.member_id == members.c.id, wanted(chats.c.member_id)))
        .where(wanted(members.c.id), wanted(accounts.c.member_id), *_ALIVE)
    )
    return session.execute(query).all()


def _cards(wanted: Wanted) -> Subquery:
    """card: a member's own id, or that of one who was merged into the member. person: the member."""
    own = select(members.c.id.label("card"), members.c.id.label("person"), members.c.holder_since)
    merged = select(members.c.id, members.c.merged_into, members.c.holder_since)
    return union_all(
        own.where(wanted(members.c.id), members.c.merged_into.is_(None)),
        merged.where(wanted(members.c.merged_into)),
    ).subquery("cards")


def _bought(cards: Subquery) -> ColumnElement[bool]:
    """A purchase by who holds the card now, of which something was kept."""
    mine = purchases.c.occurred_at >= func.coalesce(cards.c.holder_since, purchases.c.occurred_at)
    return and_(mine, or_(purchases.c.total == 0, purchases.c.refunded < purchases.c.total))


def purchase_sums(session: Session, wanted: Wanted, zone: ZoneInfo, now: datetime) -> Rows:
    """By person: visits, purchases, spend, first and last purchase, and the same sums over the windows."""
    cards = _cards(wanted)
    kept = purchases.c.total - purchases.c.refunded
    windows = []
    for days in WINDOWS:
        recent = purchases.c.occurred_at >= now - timedelta(days=days)
        windows.append(_sum(case((recent, 1), else_=0)).label(f"purchases_{days}"))
        windows.append(_sum(case((recent, kept), else_=0)).label(f"spend_{days}"))
    query = (
        select(
            cards.c.person.label("member_id"),
            func.count(local_day(purchases.c.occurred_at, zone, now).distinct()).label("visits"),
            func.count().label("purchases"),
            _sum(kept).label("spend"),
            func.min(purchases.c.occurred_at).label("first_purchase_at"),
            func.max(purchases.c.occurred_at).label("last_purchase_at"),
            *windows,
        )
        .join(cards, cards.c.card == purchases.c.member_id)
        .where(_bought(cards), purchases.c.occurred_at <= now)
        .group_by(cards.c.person)
    )
    return session.execute(query).all()


def last_stores(session: Session, wanted: Wanted, now: datetime) -> Rows:
    """By person: the store of the last purchase."""
    cards = _cards(wanted)
    newest = (purchases.c.occurred_at.desc(), purchases.c.id.desc())
    place = func.row_number().over(partition_by=cards.c.person, order_by=newest).label("place")
    ranked = select(cards.c.person, purchases.c.store, place).join(cards, cards.c.card == purchases.c.member_id)
    found = ranked.where(_bought(cards), purchases.c.occurred_at <= now).subquery()
    query = select(found.c.person.label("member_id"), found.c.store).where(found.c.place == 1)
    return session.execute(query).all()


def balances(session: Session, wanted: Wanted, now: datetime) -> Rows:
    """By member: the points that may be spent."""
    live = (OPEN, lots.c.activates_at <= now, lots.c.expires_at > now)
    query = select(lots.c.member_id, _sum(lots.c.remaining).label("points"))
    return session.execute(query.where(wanted(lots.c.member_id), *live).group_by(lots.c.member_id)).all()


def qualifying(session: Session, wanted: Wanted, since: datetime) -> Rows:
    """QUALIFYING of every entry that qualifies from `since` on, of each member together."""
    query = select(*QUALIFYING).where(wanted(entries.c.member_id), entries.c.qualifies_at >= since)
    return session.execute(query.order_by(entries.c.member_id)).all()


def category_sums(session: Session, wanted: Wanted, now: datetime) -> Rows:
    """By person and root category, as member_category has it."""
    cards = _cards(wanted)
    back = (
        select(refunds.c.purchase_id, refund_lines.c.line_number, func.sum(refund_lines.c.quantity).label("quantity"))
        .join(refunds, refunds.c.id == refund_lines.c.refund_id)
        .join(purchases, purchases.c.id == refunds.c.purchase_id)
        .join(cards, cards.c.card == purchases.c.member_id)
        .group_by(refunds.c.purchase_id, refund_lines.c.line_number)
        .subquery("back")
    )
    returned = and_(back.c.purchase_id == purchase_lines.c.purchase_id, back.c.line_number == purchase_lines.c.number)
    left = purchase_lines.c.quantity - func.coalesce(back.c.quantity, 0)
    recent = purchases.c.occurred_at >= now - timedelta(days=YEAR)
    root = root_of(purchase_lines.c.category)
    query = (
        select(
            cards.c.person.label("member_id"),
            root.label("category"),
            func.count(case((recent, purchases.c.id)).distinct()).label("purchases"),
            _sum(case((recent, left * purchase_lines.c.unit_price), else_=0)).label("spend"),
            func.max(purchases.c.occurred_at).label("last_at"),
        )
        .select_from(cards)
        .join(purchases, purchases.c.member_id == cards.c.card)
        .join(purchase_lines, purchase_lines.c.purchase_id == purchases.c.id)
        .outerjoin(back, returned)
        .where(_bought(cards), purchases.c.occurred_at <= now, left > 0)
        .group_by(cards.c.person, root)
    )
    return session.execute(query).all()


def _sum(amount: ColumnElement[Any]) -> ColumnElement[int]:
    """The integer it is: PostgreSQL makes a numeric of it."""
    return cast(func.sum(amount), BigInteger)


_SOURCES = {
    "ledger_entry": (entries.c.id, entries.c.member_id),
    "purchase": (purchases.c.id, purchases.c.member_id),
    "tier_change": (tier_changes.c.id, tier_changes.c.member_id),
    "member": (members.c.id, members.c.id),
}


def marks(session: Session) -> dict[str, int]:
    """The last id of each of the books' tables that tell of changes."""
    tables = {name: number for name, (number, _) in _SOURCES.items()} | {"refund": refunds.c.id}
    return {
        name: session.execute(select(func.coalesce(func.max(number), 0))).scalar_one()
        for name, number in tables.items()
    }


def changed(session: Session, since: dict[str, int], most: int) -> list[int]:
    """The members of whom the books say something new after those marks, and those who were noted as stale: up to
    `most`, whom they were merged into included."""
    new = [select(of).where(number > since.get(name, 0)) for name, (number, of) in _SOURCES.items()]
    brought_back = select(purchases.c.member_id).join(refunds, refunds.c.purchase_id == purchases.c.id)
    new.append(brought_back.where(refunds.c.id > since.get("refund", 0)))
    new.append(select(stale_members.c.member_id))
    told = union(*new).subquery("told")
    kept = select(members.c.merged_into).where(members.c.id.in_(select(told.c[0])), members.c.merged_into.is_not(None))
    found = union(select(told.c[0].label("id")), kept).subquery("found")
    return list(session.execute(select(found.c.id).order_by(found.c.id).limit(most)).scalars())


def stale_ids(session: Session, wanted: Wanted) -> list[int]:
    """The notes (their own ids) on those members."""
    return list(session.execute(select(stale_members.c.id).where(wanted(stale_members.c.member_id))).scalars())


def note_stale(session: Session, *member_ids: int) -> None:
    """Something about them changed that the books do not tell; the next refresh sees to it."""
    session.execute(insert(stale_members), [{"member_id": each} for each in member_ids])


def note_stale_chats(session: Session, chat_ids: Sequence[int], blocked: bool) -> None:
    """The same of whoever is in those chats, of which some are about to be blocked, or let in again."""
    there = select(chats.c.member_id).where(among(chats.c.id, chat_ids), chats.c.member_id.is_not(None))
    there = there.where(chats.c.blocked.is_(not blocked))
    session.execute(insert(stale_members).from_select(["member_id"], there))


def replace(
    session: Session, wanted: Wanted, facts: Sequence[dict[str, Any]], categories: Sequence[dict[str, Any]]
) -> None:
    """These facts instead of what was known of those members; nothing of who was forgotten or merged meanwhile."""
    session.execute(delete(member_facts).where(wanted(member_facts.c.member_id)))
    session.execute(delete(member_categories).where(wanted(member_categories.c.member_id)))
    _INSERT.run(session, *facts)
    _INSERT_CATEGORY.run(session, *categories)
    for table in (member_facts, member_categories):
        gone = exists().where(
            members.c.id == table.c.member_id,
            or_(members.c.forgotten_at.is_not(None), members.c.merged_into.is_not(None)),
        )
        session.execute(delete(table).where(wanted(table.c.member_id), gone))


def drop_notes(session: Session, ids: Iterable[int]) -> None:
    session.execute(delete(stale_members).where(among(stale_members.c.id, ids)))


def forget(session: Session, member_id: int) -> None:
    """Nothing is known of the person any more, and nobody counts on having named them."""
    for table in (member_facts, member_categories, member_tags, segment_members):
        session.execute(delete(table).where(table.c.member_id == member_id))


def join_labels(session: Session, keep_id: int, other_id: int) -> None:
    """The kept member has the tags of both, and is listed wherever the other was."""
    for table, name in ((member_tags, "tag"), (segment_members, "segment_id")):
        mine = table.alias("mine")
        had = select(mine.c[name]).where(mine.c.member_id == keep_id)
        values = {each.name: literal(keep_id) if each.name == "member_id" else each for each in table.columns}
        theirs = select(*values.values()).where(table.c.member_id == other_id, table.c[name].not_in(had))
        session.execute(insert(table).from_select(list(values), theirs))


def next_ids(session: Session, after: int, most: int) -> list[int]:
    """The next members after that id, in their order."""
    query = select(members.c.id).where(members.c.id > after).order_by(members.c.id).limit(most)
    return list(session.execute(query).scalars())


def values_at(session: Session, measure: str, places: Sequence[int]) -> list[Any]:
    """The values of a measure at each of those places (from 1) among all who bought, the smallest first."""
    column = member_facts.c[measure]
    place = func.row_number().over(order_by=column).label("place")
    ranked = select(column.label("value"), place).where(member_facts.c.purchases > 0).subquery()
    query = select(ranked.c.place, ranked.c.value).where(ranked.c.place.in_(places))
    found = {row.place: row.value for row in session.execute(query)}
    return [found[place] for place in places]


def how_many_bought(session: Session) -> int:
    bought = member_facts.c.purchases > 0
    return int(session.execute(select(func.count()).select_from(member_facts).where(bought)).scalar_one())


def judged_columns(session: Session, after: int, most: int) -> Rows:
    """What fifths and stages are judged by, and what was judged, of the next members after that id."""
    judged = ("member_id", "visits", "purchases", "first_purchase_at", "rhythm", "stage", *CUT, *MEASURES.values())
    query = select(*(member_facts.c[name] for name in judged)).where(member_facts.c.member_id > after)
    return session.execute(query.order_by(member_facts.c.member_id).limit(most)).all()


_JUDGED = Prepared(
    update(member_facts)
    .where(member_facts.c.member_id == bindparam("of_member"))
    .values({name: bindparam(name) for name in ("stage", *CUT)})
)


def judge_anew(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """rows: of_member, stage and the fifths."""
    _JUDGED.run(session, *rows)


def last_refresh(session: Session, locked: bool = False) -> Row[Any] | None:
    query = select(fact_refreshes)
    return session.execute(query.with_for_update() if locked else query).one_or_none()


def note_refresh(session: Session, values: dict[str, Any]) -> None:
    """Kept in the one row, which is made where there is none; who makes it at the same time finds it made."""
    if session.execute(update(fact_refreshes).values(values)).rowcount == 0:  # type: ignore[attr-defined]
        first = insert_into(session, fact_refreshes).values(id=1, **values)
        session.execute(first.on_conflict_do_update(index_elements=["id"], set_=values))
