"""Reading what happened to some members, in the order in which it was recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlmodel import Session

from core.db.activities import check_ins
from core.db.among import among
from core.db.dormancy_queries import known_since
from core.db.ledger import entries, lots, tier_changes
from core.db.members import members
from core.db.purchases import purchase_deliveries, purchase_lines, purchases, refund_lines, refunds
from core.insight.goal_facts import NOTHING_COUNTED
from core.insight.members import MemberRef
from core.rules.earning import REFERRAL_INVITER, Line
from core.services.books.year_end import waking
from core.services.common import Tender
from core.services.purchases.deliver_purchase import Delivery
from core.services.purchases.refund import RefundLineIn, RefundOrder
from core.services.replaying.birthdays import birthdays_then
from core.services.replaying.events import (
    Active,
    Adjusted,
    Arrived,
    Bought,
    CheckedIn,
    Event,
    GaveBack,
    Kept,
    Passed,
    Reopened,
    Returned,
    Took,
    WasForgotten,
    Woken,
)
from core.services.replaying.versions import Versions

LAST = 2**63
"""Behind every entry that was recorded at the same moment."""
DERIVED = ("within_balance", "goal", "check_in", "streak", "forgotten")
"""Rules, up to their colon, whose entries follow from other events."""

Ids = Collection[int]


@dataclass(frozen=True, slots=True)
class History:
    """accounts: as they were opened. events: of all these members together."""

    accounts: dict[int, SimpleNamespace]
    purchase_ids: Mapping[str, int]
    events: list[Event]


def history_of(session: Session, versions: Versions, member_ids: Ids, inviters: Mapping[int, int]) -> History:
    """Everything that happened to these members. inviters: of those whose row no longer says who invited them."""
    purchase_ids: dict[str, int] = {}
    accounts: dict[int, SimpleNamespace] = {}
    events: list[Event] = []
    people = {row.id: row for row in session.execute(select(members).where(among(members.c.id, member_ids))).all()}
    known = known_since(session, member_ids) if versions.closes_members() else {}
    for row in people.values():
        accounts[row.id] = _opened(versions, row, inviters.get(row.id), known.get(row.id))
        events += _of_member(versions, row)
    bought = _purchases(session, member_ids)
    then = birthdays_then(session, versions.published, people, bought)
    lines, refs = _lines(session, member_ids), {each: MemberRef.model_construct(id=each) for each in member_ids}
    for row in bought:
        purchase_ids[row.external_id] = row.id
        birthday = then[row.id] if row.id in then else people[row.member_id].birthday
        events.append(_bought(row, refs[row.member_id], lines[row.id], birthday))
    for reading in (_returned, _delivered, _checked_in, _written, _moved):
        events += reading(session, member_ids)
    events.sort(key=lambda event: (event.at, event.entry))
    return History(accounts, purchase_ids, events)


def forgotten_inviters(session: Session) -> dict[int, int]:
    """Who invited those who were forgotten since, as far as a bonus proves it: their rows no longer say."""
    forgotten = session.execute(select(members.c.id).where(members.c.forgotten_at.is_not(None))).scalars().all()
    query = (
        select(purchases.c.member_id, entries.c.member_id)
        .join(entries, entries.c.purchase_id == purchases.c.id)
        .where(entries.c.rule == REFERRAL_INVITER)
    )
    known: dict[int, int] = {}
    for first in range(0, len(forgotten), 500):
        some = purchases.c.member_id.in_(forgotten[first : first + 500])
        known.update({row[0]: row[1] for row in session.execute(query.where(some)).all()})
    return known


def _opened(versions: Versions, row: Any, inviter: int | None, known_at: datetime | None) -> SimpleNamespace:
    version = versions.at(row.joined_at)
    return SimpleNamespace(
        member_id=row.id,
        balance=0,
        debt=0,
        tier=version.program.tiers[0].id,
        tier_since=max(row.joined_at, version.effective_at),
        tier_until=None,
        review_at=None,
        period_until=None,
        purchases=0,
        last_purchase_at=None,
        judged_until=None,
        next_due_at=row.joined_at if known_at else None,
        birthday=row.birthday,
        referrer_id=row.referrer_id or inviter,
        forgotten_at=None,
        merged_into=None,
        merged_at=None,
        joined_at=row.joined_at,
        known_at=known_at,
        closed_at=None,
        reopened_at=None,
        goal_sums=NOTHING_COUNTED.stored() if version.program.goals else None,
    )


def _of_member(versions: Versions, row: Any) -> Iterator[Event]:
    for version in versions.line:
        if version.program.year_end and version.effective_at > row.joined_at:
            yield Woken(version.effective_at, 0, row.id, *waking(version))
    if row.forgotten_at is not None:
        yield WasForgotten(row.forgotten_at, LAST, row.id)


def _purchases(session: Session, member_ids: Ids) -> Sequence[Any]:
    first = select(func.min(entries.c.id)).where(entries.c.purchase_id == purchases.c.id).scalar_subquery()
    return session.execute(
        select(purchases, first.label("first")).where(among(purchases.c.member_id, member_ids))
    ).all()


def _bought(row: Any, member: MemberRef, lines: list[Line], birthday: date | None) -> Bought:
    """Its order is made up of plain rows: it was checked when it came."""
    order = SimpleNamespace(
        external_id=row.external_id,
        member=member,
        occurred_at=row.occurred_at,
        store=row.store,
        channel=row.channel,
        lines=lines,
        tender=[Tender.model_construct(**each) for each in row.tender] if row.tender else None,
        currency=None,
    )
    return Bought(row.recorded_at, row.first, row.member_id, order, birthday)


def _lines(session: Session, member_ids: Ids) -> dict[int, list[Line]]:
    names = ("purchase_id", "number", "sku", "category", "quantity", "unit_price", "regular_price")
    query = (
        select(*(purchase_lines.c[name] for name in names))
        .join(purchases, purchases.c.id == purchase_lines.c.purchase_id)
        .where(among(purchases.c.member_id, member_ids))
        .order_by(purchase_lines.c.purchase_id, purchase_lines.c.number)
    )
    lines: defaultdict[int, list[Line]] = defaultdict(list)
    for purchase_id, *line in session.execute(query).all():
        lines[purchase_id].append(Line(*line))
    return lines


def _returned(session: Session, member_ids: Ids) -> Iterator[Event]:
    """By the sku of its lines, as it was asked for; a refund takes the lines of a sku in their order."""
    of_it = (entries.c.purchase_id == refunds.c.purchase_id, entries.c.source == "refund:" + refunds.c.external_id)
    first = select(func.min(entries.c.id)).where(*of_it).scalar_subquery()
    query = (
        select(refunds, purchases.c.member_id, first.label("first"))
        .join(purchases, purchases.c.id == refunds.c.purchase_id)
        .where(among(purchases.c.member_id, member_ids))
        .order_by(refunds.c.id)
    )
    rows = session.execute(query).all()
    lines = _refund_lines(session, [row.id for row in rows])
    for row in rows:
        order = RefundOrder.model_construct(
            purchase_id=row.purchase_id,
            external_id=row.external_id,
            lines=lines.get(row.id),
            amount=row.by_amount or None,
        )
        yield Returned(row.recorded_at, LAST if row.first is None else row.first, row.member_id, order)


def _refund_lines(session: Session, refund_ids: list[int]) -> dict[int, list[RefundLineIn]]:
    number = purchase_lines.c.number == refund_lines.c.line_number
    query = (
        select(refund_lines.c.refund_id, purchase_lines.c.sku, refund_lines.c.quantity)
        .join(refunds, refunds.c.id == refund_lines.c.refund_id)
        .join(purchase_lines, (purchase_lines.c.purchase_id == refunds.c.purchase_id) & number)
        .where(among(refund_lines.c.refund_id, refund_ids))
        .order_by(refund_lines.c.refund_id, refund_lines.c.line_number)
    )
    lines: dict[int, list[RefundLineIn]] = {}
    for refund_id, sku, quantity in session.execute(query).all():
        lines.setdefault(refund_id, []).append(RefundLineIn.model_construct(sku=sku, quantity=quantity))
    return lines


def _delivered(session: Session, member_ids: Ids) -> Iterator[Event]:
    query = select(purchase_deliveries, purchases.c.member_id).join(purchases)
    for row in session.execute(query.where(among(purchases.c.member_id, member_ids))).all():
        report = Delivery.model_construct(purchase_id=row.purchase_id, delivered_at=row.delivered_at)
        yield Arrived(row.recorded_at, LAST, row.member_id, report)


def _checked_in(session: Session, member_ids: Ids) -> Iterator[Event]:
    paid = entries.c.source == "check_in:" + cast(check_ins.c.day, String)
    first = select(func.min(entries.c.id)).where(entries.c.member_id == check_ins.c.member_id, paid).scalar_subquery()
    query = select(check_ins, first.label("first")).where(among(check_ins.c.member_id, member_ids))
    for row in session.execute(query).all():
        yield CheckedIn(row.at, LAST if row.first is None else row.first, row.member_id)


def _written(session: Session, member_ids: Ids) -> Iterator[Event]:
    """From the entries that no purchase led to."""
    query = (
        select(entries, lots.c.activates_at, lots.c.expires_at.label("lapses_at"), lots.c.idle_until)
        .outerjoin(lots, lots.c.entry_id == entries.c.id)
        .where(among(entries.c.member_id, member_ids), entries.c.purchase_id.is_(None))
    )
    for row in session.execute(query).all():
        event = _event_of(row)
        if event is not None:
            yield event


def _event_of(row: Any) -> Event | None:
    head = (row.recorded_at, row.id, row.member_id)
    of, _, name = row.rule.partition(":")
    inputs = row.explanation["inputs"]
    if of in ("expiry", "year_end", "dormancy"):
        return None if row.kind == "reversal" else Passed(*head, row.effective_at)
    if of in DERIVED:
        return None
    if of == "reward":
        paid = row.kind == "redemption"
        return Took(*head, name, inputs["price"]) if paid else GaveBack(*head, row.corrects_id)
    if of == "activity":
        return Active(*head, name, inputs["about"])
    if of == "reopened":
        return Reopened(*head, inputs["reason"])
    if of == "manual":
        return Adjusted(*head, row.points, inputs["reason"])
    if row.activates_at is None:
        return Kept(*head, row, (row.recorded_at, row.recorded_at))
    return Kept(*head, row, (row.activates_at, row.lapses_at), row.idle_until)


def _moved(session: Session, member_ids: Ids) -> Iterator[Event]:
    names = ("member_id", "effective_at", "recorded_at")
    query = select(*(tier_changes.c[name] for name in names)).where(among(tier_changes.c.member_id, member_ids))
    for row in session.execute(query).all():
        yield Passed(row.recorded_at, LAST, row.member_id, row.effective_at)
