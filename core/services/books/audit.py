"""Proves the books: every balance, debt, lot and tier is rebuilt from the entries and held against what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, func, literal, select
from sqlmodel import Session

from core.db import program_queries, purchase_queries
from core.db.benefit_queries import gifts_of
from core.db.ledger import accounts, allocations, entries, lots
from core.db.ledger_queries import LAPSES, OPEN, QUALIFYING
from core.db.proving import compare
from core.db.stored_value_proofs import STORED_VALUE_PROOFS
from core.insight.prize_draw_audit import faults_of_plays
from core.insight.tier import contribution
from core.rules.benefits import gifts_due
from core.rules.expiry import spendable_from
from core.rules.rises import rises
from core.rules.tiers import Contribution, holding
from core.services.books.dormancy_proofs import unproven_closings
from core.services.books.gifts import ever_given
from core.services.books.goal_proofs import ever_set, unproven_goals
from core.services.books.idle_proofs import unproven_lapses
from core.services.books.stored_records import StoredRecords
from core.services.common import Result
from core.services.members.merge_proofs import unproven_merges
from core.shop import Shop

MOST_SHOWN = 200
CHUNK = 1000


class Difference(Result):
    """what: balance, debt, debt_unpaid, sum, lot, lot_missing, lot_spendable, lot_lapse, allocation, lapse, closing,
    tier, gift, goal, merge, or stored_value_ with sum, lots, lot or allocation; of a prize draw play_ with commitment,
    number, ticket, prize, paid or stock (member_id 0: of a round). stored and proven as text."""

    what: str
    member_id: int
    where: str
    stored: str
    proven: str


class AuditReport(Result):
    """found: how many differences; at most 200 of them are listed."""

    accounts: int
    entries: int
    lots: int
    found: int
    differences: list[Difference]


def audit(shop: Shop) -> AuditReport:
    """Read everything in one snapshot and change nothing."""
    with shop.read() as session:
        found = 0
        shown: list[Difference] = []
        for difference in _differences(shop, session):
            found += 1
            if len(shown) < MOST_SHOWN:
                shown.append(difference)
        counts = [session.execute(select(func.count()).select_from(table)).scalar_one() for table in _COUNTED]
        return AuditReport(accounts=counts[0], entries=counts[1], lots=counts[2], found=found, differences=shown)


_COUNTED: list[FromClause] = [accounts, entries, lots]


def _differences(shop: Shop, session: Session) -> Iterator[Difference]:
    for what, query in _QUERIES:
        for row in session.execute(query).yield_per(CHUNK):
            yield Difference(
                what=what, member_id=row.member_id, where=str(row.place), stored=str(row.stored), proven=str(row.proven)
            )
    for row in session.execute(_beside_debts(shop.now())).yield_per(CHUNK):
        where, stored = str(row.member_id), str(row.points)
        yield Difference(what="debt_unpaid", member_id=row.member_id, where=where, stored=stored, proven="0")
    yield from _spendable(shop, session)
    for member_id, lot, at, proven in unproven_lapses(shop, session):
        yield Difference(what="lot_lapse", member_id=member_id, where=str(lot), stored=str(at), proven=str(proven))
    for each in unproven_closings(shop, session):
        stored, due = str(each.stored), str(each.proven)
        yield Difference(what="closing", member_id=each.member_id, where=each.place, stored=stored, proven=due)
    yield from _tiers(shop, session)
    yield from _prize_draws(shop, session)
    for merge in unproven_merges(session):
        yield Difference(
            what="merge", member_id=merge.member_id, where=merge.place, stored=merge.stored, proven=merge.proven
        )


def _balances() -> Select[Any]:
    """The balance is the sum of the entries."""
    sums = (
        select(entries.c.member_id, func.sum(entries.c.points).label("total")).group_by(entries.c.member_id).subquery()
    )
    source = accounts.outerjoin(sums, sums.c.member_id == accounts.c.member_id)
    proven = func.coalesce(sums.c.total, 0)
    return compare(source, accounts.c.member_id, accounts.c.balance, proven, accounts.c.member_id)


def _covered() -> Any:
    """What lots gave to each entry."""
    return (
        select(allocations.c.entry_id, func.sum(allocations.c.points).label("total"))
        .group_by(allocations.c.entry_id)
        .subquery()
    )


def _debts() -> Select[Any]:
    """The debt is what no lot covers of the negative entries."""
    covered = _covered()
    owed = (
        select(entries.c.member_id, func.sum(-entries.c.points - func.coalesce(covered.c.total, 0)).label("total"))
        .select_from(entries.outerjoin(covered, covered.c.entry_id == entries.c.id))
        .where(entries.c.points < 0)
        .group_by(entries.c.member_id)
        .subquery()
    )
    source = accounts.outerjoin(owed, owed.c.member_id == accounts.c.member_id)
    return compare(source, accounts.c.member_id, accounts.c.debt, func.coalesce(owed.c.total, 0), accounts.c.member_id)


def _sums() -> Select[Any]:
    """What is left in lots, less the debt, is the balance."""
    left = select(lots.c.member_id, func.sum(lots.c.remaining).label("total")).group_by(lots.c.member_id).subquery()
    source = accounts.outerjoin(left, left.c.member_id == accounts.c.member_id)
    proven = func.coalesce(left.c.total, 0) - accounts.c.debt
    return compare(source, accounts.c.member_id, accounts.c.balance, proven, accounts.c.member_id)


def _lots() -> Select[Any]:
    """A lot holds its entry's points less what was taken."""
    taken = (
        select(allocations.c.lot_id, func.sum(allocations.c.points).label("total"))
        .group_by(allocations.c.lot_id)
        .subquery()
    )
    source = lots.join(entries, entries.c.id == lots.c.entry_id).outerjoin(taken, taken.c.lot_id == lots.c.id)
    proven = entries.c.points - func.coalesce(taken.c.total, 0)
    return compare(source, lots.c.id, lots.c.remaining, proven, lots.c.member_id)


def _missing_lots() -> Select[Any]:
    """Every entry that adds points has its lot; a reversal that adds them gives them back to old ones."""
    source = entries.outerjoin(lots, lots.c.entry_id == entries.c.id)
    due = case((entries.c.kind == "reversal", 0), (entries.c.points > 0, entries.c.points), else_=0)
    return compare(source, entries.c.id, func.coalesce(lots.c.points, 0), due, entries.c.member_id)


def _allocations() -> Select[Any]:
    """No entry takes more than it says, and what gives points back gives them all back to lots."""
    covered = _covered()
    source = entries.join(covered, covered.c.entry_id == entries.c.id)
    total: ColumnElement[Any] = covered.c.total
    proven = case(
        (entries.c.points > 0, -entries.c.points), (total > -entries.c.points, -entries.c.points), else_=total
    )
    return compare(source, entries.c.id, total, proven, entries.c.member_id)


def _lapses() -> Select[Any]:
    """What undid a lapse gave no lot more back than the lapse had taken."""
    lapse = case((entries.c.kind == "expiry", entries.c.id), else_=entries.c.corrects_id)
    total = func.sum(allocations.c.points)
    left = (
        select(lapse.label("lapse"), entries.c.member_id, total.label("total"))
        .join(allocations, allocations.c.entry_id == entries.c.id)
        .where(entries.c.kind.in_(("expiry", "reversal")), entries.c.rule.in_(LAPSES))
        .group_by(lapse, entries.c.member_id, allocations.c.lot_id)
        .having(total < 0)
        .subquery()
    )
    return compare(left, left.c.lapse, left.c.total, literal(0), left.c.member_id)


_QUERIES = [
    ("balance", _balances()),
    ("debt", _debts()),
    ("sum", _sums()),
    ("lot", _lots()),
    ("lot_missing", _missing_lots()),
    ("allocation", _allocations()),
    ("lapse", _lapses()),
    *STORED_VALUE_PROOFS,
]


def _beside_debts(now: datetime) -> Select[Any]:
    """Nobody owes points and has others: what comes in pays first, and what is taken is taken from what there is."""
    left = select(accounts.c.member_id, func.sum(lots.c.remaining).label("points"))
    left = left.join(lots, lots.c.member_id == accounts.c.member_id)
    return left.where(accounts.c.debt > 0, OPEN, lots.c.expires_at > now).group_by(accounts.c.member_id)


def _spendable(shop: Shop, session: Session) -> Iterator[Difference]:
    """What waits for a delivery becomes spendable with it, and no sooner or later."""
    for version in program_queries.published(session):
        program = shop.version(session, version.id).program
        waiting = program.earning.until_delivered
        for row in purchase_queries.waiting_lots(session, version.id, waiting) if waiting else []:
            now = row.delivered_at or row.occurred_at
            proven = spendable_from(program, row.occurred_at, row.channel, row.delivered_at, now)
            if row.activates_at != proven:
                where, stored = str(row.id), str(row.activates_at)
                yield Difference(
                    what="lot_spendable", member_id=row.member_id, where=where, stored=stored, proven=str(proven)
                )


def _tiers(shop: Shop, session: Session) -> Iterator[Difference]:
    """The tier is the one that the entries prove at the moment until which the account was judged; so are gifts
    and what goals have brought."""
    first, with_gifts, with_goals = 0, ever_given(StoredRecords(shop, session)), ever_set(shop, session)
    while True:
        query = select(accounts).where(accounts.c.member_id > first).order_by(accounts.c.member_id).limit(CHUNK)
        chunk = session.execute(query).all()
        if not chunk:
            return
        facts = _contributions(session, first, chunk[-1].member_id)
        given = gifts_of(session, first + 1, chunk[-1].member_id) if with_gifts else {}
        for account in chunk:
            own = facts.get(account.member_id, [])
            yield from _tier(shop, session, account, own)
            if with_gifts:
                yield from _gifts(shop, session, account, own, given.get(account.member_id, {}))
        if with_goals:
            for member_id, place, stored, proven in unproven_goals(shop, session, first + 1, chunk[-1].member_id):
                yield Difference(what="goal", member_id=member_id, where=place, stored=stored, proven=proven)
        first = chunk[-1].member_id


def _tier(shop: Shop, session: Session, account: Any, facts: list[Contribution]) -> Iterator[Difference]:
    at: datetime = account.judged_until or account.tier_since
    held = holding(shop.programs(session), facts, at)
    if (held.tier, held.until) != (account.tier, account.tier_until):
        yield Difference(
            what="tier",
            member_id=account.member_id,
            where=str(account.member_id),
            stored=f"{account.tier} until {account.tier_until}",
            proven=f"{held.tier} until {held.until}",
        )


def _gifts(
    shop: Shop, session: Session, account: Any, facts: list[Contribution], given: dict[tuple[str, str], int]
) -> Iterator[Difference]:
    """What was given for rises is what the proven rises brought."""
    programs = shop.programs(session)
    due = gifts_due(programs, rises(programs, facts, account.judged_until or account.tier_since))
    for benefit, tier in sorted({*due, *given}):
        stored, proven = given.get((benefit, tier), 0), due.get((benefit, tier), 0)
        if stored != proven:
            where = f"{benefit}:{tier}"
            yield Difference(
                what="gift", member_id=account.member_id, where=where, stored=str(stored), proven=str(proven)
            )


def _prize_draws(shop: Shop, session: Session) -> Iterator[Difference]:
    """Every play is what the seed of its round gives."""
    for fault in faults_of_plays(shop, session):
        found = fault.model_dump()
        yield Difference(**{**found, "what": f"play_{fault.what}"})


def _contributions(session: Session, after: int, last: int) -> dict[int, list[Contribution]]:
    query = select(*QUALIFYING).where(
        entries.c.member_id > after, entries.c.member_id <= last, entries.c.qualifies_at.is_not(None)
    )
    rows = session.execute(query.order_by(entries.c.member_id)).all()
    return {
        member_id: [contribution(row) for row in own] for member_id, own in groupby(rows, key=lambda row: row.member_id)
    }
