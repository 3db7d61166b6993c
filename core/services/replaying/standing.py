"""How members stand: by the books as they are stored, and by records in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from core.db.among import among
from core.db.dormancy_queries import known_since
from core.db.ledger import accounts, entries, lots, tier_changes
from core.db.ledger_queries import LAPSES
from core.db.members import members
from core.rules.lots import Lot, active_points, pending_points
from core.services.replaying.events import Stage
from core.services.replaying.held import HeldRecords
from core.services.replaying.outcome import NOTICES, Entered, OpenLot, Outcome
from core.services.replaying.versions import Versions

_OF_MEMBER = (
    "birthday", "referrer_id", "forgotten_at", "merged_into", "merged_at", "joined_at", "closed_at", "reopened_at"
)  # fmt: skip
_NAMES = """id member_id kind points rule source effective_at recorded_at corrects_id purchase_id
qualifies_at qualifying_spend qualifying_points qualifying_more"""
_COLUMNS = [entries.c[name] for name in _NAMES.split()]


def stored_records(session: Session, versions: Versions, member_ids: Collection[int], explained: bool) -> HeldRecords:
    """The books of these members as they are, with as much as time needs to go on and an outcome to be told."""
    held = {
        row.member_id: row
        for row in _rows(
            session,
            select(accounts, *(members.c[name] for name in _OF_MEMBER))
            .join(members, members.c.id == accounts.c.member_id)
            .where(among(accounts.c.member_id, member_ids)),
        )
    }
    for member_id, moment in known_since(session, held).items() if versions.closes_members() else ():
        held[member_id].known_at = moment
    records = HeldRecords(versions, held, {})
    columns = [*_COLUMNS, entries.c.explanation] if explained else _COLUMNS
    written = select(*columns).where(among(entries.c.member_id, member_ids)).order_by(entries.c.id)
    for row in _rows(session, written):
        records.hold_entry(row)
    for row in _rows(session, select(lots).where(among(lots.c.member_id, member_ids)).order_by(lots.c.id)):
        records.hold_lot(row)
    for row in _rows(session, select(tier_changes).where(among(tier_changes.c.member_id, member_ids))):
        records.add_tier_change(vars(row))
    return records


def _rows(session: Session, query: Select[Any]) -> Iterator[SimpleNamespace]:
    """As records hold them."""
    found = session.execute(query)
    names = list(found.keys())
    return (SimpleNamespace(**dict(zip(names, row, strict=True))) for row in found.all())


def outcome_of(stage: Stage, member_id: int, since: datetime | None, explained: bool) -> Outcome:
    """As of stage.now, to which the account is settled."""
    records, now = stage.records, stage.now
    account, open_lots = records.accounts[member_id], records.open_lots(member_id)
    written = records.entries[member_id]
    return Outcome(
        member_id,
        active_points(open_lots, now),
        pending_points(open_lots, now),
        account.debt,
        account.tier,
        account.tier_until,
        _together(open_lots),
        -sum(row.points for row in written if row.rule in LAPSES),
        _notices(written, records.tier_changes[member_id], since),
        tuple(stage.unpaid.get(member_id, ())),
        stage.refused.get(member_id, Counter()),
        tuple(map(_entered, written)) if explained else (),
    )


def _together(open_lots: Iterable[Lot]) -> tuple[OpenLot, ...]:
    points: Counter[tuple[datetime, datetime]] = Counter()
    for lot in open_lots:
        points[lot.activates_at, lot.expires_at] += lot.remaining
    return tuple(OpenLot(*term, left) for term, left in sorted(points.items()))


def _notices(written: Sequence[Any], moves: Sequence[Any], since: datetime | None) -> dict[str, int]:
    """One for each purchase, refund, or other source."""
    told: dict[str, set[object]] = {kind: set() for kind in NOTICES}
    for row in written:
        kind = _kind_of(row)
        if kind is not None and (since is None or row.recorded_at >= since):
            told[kind].add(row.source)
    for number, move in enumerate(moves):
        if since is None or move.recorded_at >= since:
            told["tier_reached" if move.reason["do"] == "met" else "tier_lost"].add(number)
    return {kind: len(sources) for kind, sources in told.items()}


def _kind_of(row: Any) -> str | None:
    if row.kind == "expiry" and row.points:
        return "points_lapsed"
    if row.kind in ("accrual", "bonus") and row.points > 0:
        return "points_earned"
    return "points_taken_back" if row.kind == "reversal" and row.points < 0 else None


def _entered(row: Any) -> Entered:
    return Entered(row.kind, row.points, row.rule, row.effective_at, row.explanation)
