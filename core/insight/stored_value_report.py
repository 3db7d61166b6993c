"""What came in and went out of members' stored value in a period, and what the shop owes them before and after it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, literal, select, union_all
from sqlmodel import Session

from core.db.stored_value import entries, lots
from core.db.stored_value_queries import OPEN
from core.rules.refusal import Refused
from core.rules.terms import business_day, start_of_day
from core.shop import Shop

FIRST = date(1970, 1, 1)
"""Nothing is in the books before it."""


class Sums(BaseModel):
    """Minor units of either money."""

    paid_in: int = 0
    bonus: int = 0


class Flows(BaseModel):
    """Minor units, none below 0, but for the numbers of top_ups and payments. store: null where nobody stood at a till
    (a bonus lapsed, an account was closed). paid_out: top-ups given back to members; corrected: top-ups that had been
    mistakes."""

    store: str | None
    top_ups: int = 0
    topped_up: int = 0
    bonus_given: int = 0
    payments: int = 0
    spent: Sums = Sums()
    refunded: Sums = Sums()
    paid_out: int = 0
    corrected: int = 0
    bonus_withdrawn: int = 0
    lapsed: int = 0
    written_off: int = 0


class StoredValueReport(BaseModel):
    """since: the first day; until: the first day after it, in the program's zone. at_start, at_end: what members hold,
    which is what the shop owes. at_end is at_start and everything in `total`."""

    since: date
    until: date
    currency: str
    at_start: Sums
    at_end: Sums
    total: Flows
    stores: list[Flows]


@dataclass(frozen=True, slots=True)
class _Row:
    store: str | None
    kind: str
    rule: str
    count: int
    paid_in: int
    bonus: int


def report(shop: Shop, session: Session, since: date | None = None, until: date | None = None) -> StoredValueReport:
    """Of these days; without them, of the current month up to today. Refused: report-period-invalid."""
    now = shop.now()
    program = shop.version_at(session, now).program
    today = business_day(now, program.program.zone)
    until = until or today + timedelta(days=1)
    since = since or (max(until, FIRST) - timedelta(days=1)).replace(day=1)
    if since >= until:
        raise Refused("report-period-invalid", since=since.isoformat(), until=until.isoformat())
    told_until = now + timedelta(microseconds=1)
    days = (min(max(each, FIRST), today + timedelta(days=1)) for each in (since, until))
    start, end = (min(start_of_day(each, program.program.zone), told_until) for each in days)
    rows = _rows(session, start, end)
    stores = sorted({row.store for row in rows}, key=lambda store: (store is None, store or ""))
    return StoredValueReport(
        since=since,
        until=until,
        currency=program.program.currency,
        at_start=_held(session, start),
        at_end=_held(session, end),
        total=_flows(None, rows),
        stores=[_flows(store, [row for row in rows if row.store == store]) for store in stores],
    )


def as_csv(told: StoredValueReport) -> str:
    """A row for each store and one of the total; minor units. Only the total knows what is held."""
    rows = [{"row": "store", **flat(each.model_dump())} for each in told.stores]
    held = {"at_start": told.at_start.model_dump(), "at_end": told.at_end.model_dump()}
    rows.append({"row": "total", **flat(told.total.model_dump()), **flat(held)})
    head = {"since": told.since.isoformat(), "until": told.until.isoformat(), "currency": told.currency}
    text = StringIO()
    writer = csv.DictWriter(text, [*head, *rows[-1]], lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    writer.writerows({**head, **row} for row in rows)
    return text.getvalue()


def _rows(session: Session, start: datetime, end: datetime) -> list[_Row]:
    """What happened in [start, end), by store, kind and rule; what is over but not swept has lapsed as well."""
    e = entries.c
    happened = select(e.store, e.kind, e.rule, e.paid_in, e.bonus).where(e.effective_at >= start, e.effective_at < end)
    over = select(
        literal(None).label("store"),
        literal("expiry").label("kind"),
        literal("expiry").label("rule"),
        literal(0).label("paid_in"),
        (-lots.c.remaining).label("bonus"),
    ).where(OPEN, lots.c.expires_at >= start, lots.c.expires_at < end)
    moved = union_all(happened, over).subquery().c
    query = select(
        moved.store, moved.kind, moved.rule, func.count(), func.sum(moved.paid_in), func.sum(moved.bonus)
    ).group_by(moved.store, moved.kind, moved.rule)
    return [_Row(*row[:3], *(int(each) for each in row[3:])) for row in session.execute(query)]


def _held(session: Session, at: datetime) -> Sums:
    """What members held right before a moment."""
    query = select(func.coalesce(func.sum(entries.c.paid_in), 0), func.coalesce(func.sum(entries.c.bonus), 0))
    paid_in, bonus = session.execute(query.where(entries.c.effective_at < at)).one()
    over = select(func.coalesce(func.sum(lots.c.remaining), 0)).where(OPEN, lots.c.expires_at < at)
    return Sums(paid_in=int(paid_in), bonus=int(bonus) - int(session.execute(over).scalar_one()))


def _flows(store: str | None, rows: Iterable[_Row]) -> Flows:
    told = Flows(store=store, spent=Sums(), refunded=Sums())
    for row in rows:
        match row.kind:
            case "top_up":
                told.top_ups += row.count
                told.topped_up += row.paid_in
            case "bonus":
                told.bonus_given += row.bonus
            case "payment":
                told.payments += row.count
                told.spent = Sums(paid_in=told.spent.paid_in - row.paid_in, bonus=told.spent.bonus - row.bonus)
            case "refund":
                back = told.refunded
                told.refunded = Sums(paid_in=back.paid_in + row.paid_in, bonus=back.bonus + row.bonus)
            case "payout":
                told.paid_out -= row.paid_in
            case "reversal":
                told.corrected -= row.paid_in
                told.bonus_withdrawn -= row.bonus
            case "expiry":
                told.lapsed -= row.bonus
            case "adjustment":
                told.written_off -= row.bonus
    return told


def flat(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"spent": {"bonus": 5}}` is `{"spent_bonus": 5}`."""
    return dict(_cells(nested, prefix))


def _cells(nested: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in nested.items():
        if isinstance(value, dict):
            yield from _cells(value, f"{prefix}{key}_")
        else:
            yield f"{prefix}{key}", _harmless(value)


def _harmless(value: Any) -> Any:
    """A store's name that a spreadsheet would take for a formula is marked as a text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
