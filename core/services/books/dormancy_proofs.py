"""Proves that members are closed, and only those, when they bought nothing for as long as the program says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlmodel import Session

from core.db.dormancy_queries import known_at, last_seen
from core.db.ledger import accounts, entries, lots
from core.db.ledger_queries import OPEN, closings
from core.db.members import members
from core.db.merges import member_merges
from core.db.purchases import purchases
from core.rules.dormancy import InForce, closes_at
from core.services.books.dormancy import REOPENED, RULE
from core.shop import Shop

CHUNK = 1000


class Unproven(NamedTuple):
    member_id: int
    place: str
    stored: datetime | int | None
    proven: datetime | int | None


def unproven_closings(shop: Shop, session: Session) -> Iterator[Unproven]:
    """Members whose cards were ever joined are left out of what says when: what either did kept both open."""
    line = [InForce(each.effective_at, each.program) for each in shop.line(session)]
    if not any(each.program.dormancy for each in line):
        return
    for row in session.execute(_closed_with_points()):
        yield Unproven(row.id, "points", row.points, 0)
    joined = {each for row in session.execute(_merges()) for each in row}
    for row in session.execute(_ever_closed()).all():
        yield from _closed(session, row)
        if row.id not in joined:
            yield from _in_time(session, line, row)
    for row in session.execute(_open()).yield_per(CHUNK):
        due = closes_at(line, row.last_seen, row.known_at)
        now = shop.now()
        if due is not None and due <= now and (row.next_due_at is None or row.next_due_at > now):
            yield Unproven(row.id, "open", None, due)


def _merges() -> Select[Any]:
    return select(member_merges.c.keep_id, member_merges.c.other_id)


def _closed_with_points() -> Select[Any]:
    """Nobody who is closed has any."""
    left = select(members.c.id, func.sum(lots.c.remaining).label("points")).join(lots, lots.c.member_id == members.c.id)
    return left.where(members.c.closed_at.is_not(None), OPEN).group_by(members.c.id).order_by(members.c.id)


def _ever_closed() -> Select[Any]:
    ever = select(entries.c.member_id).where(entries.c.rule == RULE)
    known = members.c.closed_at.is_not(None) | members.c.id.in_(ever)
    columns = (members.c.id, members.c.closed_at, members.c.joined_at, known_at().label("known_at"))
    return select(*columns).where(known).order_by(members.c.id)


def _open() -> Select[Any]:
    """id, next_due_at, last_seen and known_at of open accounts."""
    seen = (last_seen().label("last_seen"), known_at().label("known_at"))
    alone = (members.c.forgotten_at, members.c.merged_into, members.c.closed_at)
    query = select(members.c.id, accounts.c.next_due_at, *seen).join(accounts, accounts.c.member_id == members.c.id)
    return query.where(*(each.is_(None) for each in alone)).order_by(members.c.id)


def _closed(session: Session, row: Any) -> Iterator[Unproven]:
    """The member is closed by the last closing, unless it was undone or staff reopened the card since."""
    last = next(iter(closings(session, row.id)), None)
    since = select(entries.c.id).where(entries.c.member_id == row.id, entries.c.rule == REOPENED)
    reopened = last is not None and session.execute(since.where(entries.c.id > last.id)).first() is not None
    proven = None if last is None or reopened else last.effective_at
    if row.closed_at != proven:
        yield Unproven(row.id, "member", row.closed_at, proven)


def _in_time(session: Session, line: list[InForce], row: Any) -> Iterator[Unproven]:
    """Each closing came when the purchases before it say."""
    for closing in closings(session, row.id):
        at = closing.effective_at
        bought = select(func.max(purchases.c.occurred_at)).where(
            purchases.c.member_id == row.id, purchases.c.occurred_at < at
        )
        renewed = select(func.max(entries.c.recorded_at)).where(
            entries.c.member_id == row.id, entries.c.rule.in_((REOPENED, "handover")), entries.c.recorded_at < at
        )
        moments = (session.execute(query).scalar() for query in (bought, renewed))
        seen = max([row.joined_at, *(each for each in moments if each is not None)])
        proven = closes_at(line, seen, row.known_at)
        if proven != at:
            yield Unproven(row.id, f"entry {closing.id}", at, proven)
