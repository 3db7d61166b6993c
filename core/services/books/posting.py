"""The only hand that writes the books.

A `Book` is one member's account, locked and settled, for the length of one transaction. It appends entries, lots and
allocations, and writes the account row back once, when it is closed. After every entry:
sum of entries = balance = what is left in lots - debt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.insight.goal_facts import Running, counts
from core.rules.expiry import NEVER, Lapse, bears_from, moved_on
from core.rules.lots import Lot, Take, spend, take_back
from core.rules.refusal import Refusal, Refused
from core.services.books.records import Records
from core.services.common import EntryOut
from core.services.once import Caller


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry about to be written. points: as the entry shows them, signed."""

    kind: str
    points: int
    rule: str
    explanation: dict[str, Any]
    effective_at: datetime
    source: str
    version: int
    purchase_id: int | None = None
    corrects_id: int | None = None
    qualifies_at: datetime | None = None
    qualifying_spend: int = 0
    qualifying_points: int = 0
    qualifying_more: dict[str, Any] | None = None


@dataclass
class Book:
    """A member's open account. now: when this transaction is recorded. merged_into: who has had its points since
    merged_at; what is corrected here is carried on there (core/services/members/carrying.py). running: the sums of
    goals, where they are known; counted: what was written since they were. closed_at: since when the member is closed
    for having stayed away; reopened_at: when they were last taken in again."""

    records: Records
    caller: Caller
    now: datetime
    member_id: int
    balance: int
    debt: int
    tier: str
    tier_since: datetime
    tier_until: datetime | None
    review_at: datetime | None
    period_until: datetime | None
    purchases: int
    last_purchase_at: datetime | None
    judged_until: datetime | None
    next_due_at: datetime | None
    birthday: Any
    referrer_id: int | None
    merged_into: int | None = None
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    reopened_at: datetime | None = None
    running: Running | None = None
    written: list[EntryOut] = field(default_factory=list)
    counted: list[Draft] = field(default_factory=list)
    _lots: list[Lot] | None = None
    _sums_changed: bool = False

    # -- entries ------------------------------------------------------------------------------------------------

    def credit(self, draft: Draft, activates_at: datetime, lapse: Lapse) -> EntryOut:
        """Points come in as a lot of their own, which first pays what the member owes. 0 points make no lot."""
        assert draft.points >= 0
        terms = self._terms(lapse, draft)
        expires_at = terms["expires_at"]
        entry = self._append(draft, expires_at if draft.points and expires_at != NEVER else None)
        if not draft.points:
            return entry
        payments = self._payments(draft.points)
        left = draft.points - sum(points for _, points in payments)
        lot_id = self.records.add_lot(
            {
                "entry_id": entry.id,
                "member_id": self.member_id,
                "points": draft.points,
                "remaining": left,
                "activates_at": activates_at,
                **terms,
            }
        )
        for debtor, points in payments:
            self.records.add_allocations(debtor, [Take(lot_id, points)], self.now)
            self.debt -= points
        if self._lots is not None and left:
            self._lots.append(Lot(lot_id, left, activates_at, expires_at))
        if left:
            self.due(expires_at)
        return entry

    def _terms(self, lapse: Lapse, draft: Draft) -> dict[str, Any]:
        """The columns of a lot that say when it lapses."""
        if isinstance(lapse, datetime):
            return {"expires_at": lapse}
        version = self.records.version(lapse.version or draft.version)
        bearing = self.records.activities(self.member_id, bears_from(version.program, lapse.until))
        until = moved_on(version.program, lapse.until, bearing)
        return {"expires_at": until, "idle_until": lapse.until, "idle_version": version.id}

    def spend(self, draft: Draft) -> EntryOut:
        """Points go out of the active lots. Refused: points-short."""
        takes = spend(self.lots(), -draft.points, self.now)
        if isinstance(takes, Refusal):
            raise Refused(takes.reason, **takes.facts)
        return self.debit(draft, takes)

    def take_back(self, draft: Draft, own_entry: int | None) -> EntryOut:
        """Points of an earlier entry are withdrawn: from its own lot, then from others; what is missing is owed.

        What had lapsed of that lot is put back first, so that nobody pays for points that were lost already.
        """
        own = self.records.lot_of_entry(own_entry) if own_entry else None
        if own is not None:
            self._undo_lapse(draft, own, -draft.points - own.remaining)
        takes, missing = take_back(self.lots(), -draft.points, own.id if own is not None else None, self.now)
        entry = self.debit(draft, takes)
        self.debt += missing
        return entry

    def give_back(self, draft: Draft) -> EntryOut:
        """An earlier debit (draft.corrects_id) is undone in full: its points return to the lots they came from."""
        assert draft.corrects_id is not None
        takes = self.records.takes_of_entry(draft.corrects_id)
        assert sum(take.points for take in takes) == draft.points
        entry = self.restore(draft, takes)
        self.keep_sums(None)
        self.pay_debts()
        self.next_due_at = self.now  # a lot that is over by now lapses again at the next settling
        return entry

    def restore(self, draft: Draft, takes: Sequence[Take]) -> EntryOut:
        """Points return to these lots."""
        entry = self._append(draft, None)
        self._allocate(entry.id, [Take(take.lot_id, -take.points) for take in takes])
        self._lots = None
        return entry

    def unpay(self, debtor: int, take: Take) -> None:
        """What a lot paid of a debt is in the lot again, and owed again."""
        self._allocate(debtor, [Take(take.lot_id, -take.points)])
        self._lots = None
        self.debt += take.points

    def activate(self, purchase_id: int, at: datetime) -> None:
        """The points of a purchase that wait for longer become spendable at that moment."""
        self.records.activate_lots(purchase_id, self.member_id, at)
        self._lots = None

    def move_idle_lots(self, version: int, end: datetime, until: datetime) -> None:
        """The lots of that version which lapse at `end` do so at `until`."""
        self.records.move_idle_lots(self.member_id, version, end, until)
        self._lots = None
        self.due(until)

    def lots(self) -> list[Lot]:
        """Every lot with something left."""
        if self._lots is None:
            self._lots = self.records.open_lots(self.member_id)
        return self._lots

    def keep_sums(self, running: Running | None) -> None:
        """All that was counted is in them, or they are not known."""
        self.running, self._sums_changed = running, True
        self.counted.clear()

    # -- the row ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Write the account row."""
        row: dict[str, Any] = {
            "balance": self.balance,
            "debt": self.debt,
            "tier": self.tier,
            "tier_since": self.tier_since,
            "tier_until": self.tier_until,
            "review_at": self.review_at,
            "period_until": self.period_until,
            "purchases": self.purchases,
            "last_purchase_at": self.last_purchase_at,
            "judged_until": self.judged_until,
            "next_due_at": self.next_due_at,
        }
        if self.counted and self.running is not None:
            self.keep_sums(None)  # nobody asked what it brings: the next purchase will
        if self._sums_changed:
            row["goal_sums"] = None if self.running is None else self.running.stored()
        self.records.write_account(self.member_id, row)

    def _append(self, draft: Draft, expires_at: datetime | None) -> EntryOut:
        entry_id = self.records.add_entry(
            {
                "member_id": self.member_id,
                "kind": draft.kind,
                "points": draft.points,
                "effective_at": draft.effective_at,
                "recorded_at": self.now,
                "actor": self.caller.actor,
                "source": draft.source,
                "idempotency_key": self.caller.key,
                "program_version": draft.version,
                "rule": draft.rule,
                "explanation": draft.explanation,
                "purchase_id": draft.purchase_id,
                "corrects_id": draft.corrects_id,
                "expires_at": expires_at,
                "qualifies_at": draft.qualifies_at,
                "qualifying_spend": draft.qualifying_spend,
                "qualifying_points": draft.qualifying_points,
                "qualifying_more": draft.qualifying_more,
            }
        )
        self.balance += draft.points
        if counts(draft):
            self.counted.append(draft)
        entry = EntryOut.model_construct(
            id=entry_id,
            kind=draft.kind,
            points=draft.points,
            rule=draft.rule,
            source=draft.source,
            effective_at=draft.effective_at,
            recorded_at=self.now,
            expires_at=expires_at,
            corrects_id=draft.corrects_id,
            explanation=draft.explanation,
        )
        self.written.append(entry)
        return entry

    def debit(self, draft: Draft, takes: Sequence[Take]) -> EntryOut:
        """Points go out of these lots."""
        entry = self._append(draft, None)
        self._allocate(entry.id, takes)
        return entry

    def _allocate(self, entry_id: int, takes: Sequence[Take]) -> None:
        """Move points between lots and an entry, in the records and in memory."""
        if not takes:
            return
        self.records.add_allocations(entry_id, takes, self.now)
        self.records.take_from_lots(takes)
        if self._lots is not None:
            taken = {take.lot_id: take.points for take in takes}
            left = [
                Lot(lot.id, lot.remaining - taken.get(lot.id, 0), lot.activates_at, lot.expires_at)
                for lot in self._lots
            ]
            self._lots = [lot for lot in left if lot.remaining]

    def _payments(self, points: int) -> list[tuple[int, int]]:
        """What new points pay of old debts: entry and points, oldest debt first."""
        payments = []
        for debt in self.records.unpaid_debts(self.member_id) if self.debt else []:
            part = min(debt.owed, points)
            if part:
                payments.append((debt.entry_id, part))
                points -= part
        return payments

    def pay_debts(self) -> None:
        """Points that came back to their lots, those that wait as well, pay what the member owes."""
        left = sum(lot.remaining for lot in self.lots() if self.now < lot.expires_at)
        for debtor, points in self._payments(left):
            takes, missing = take_back(self.lots(), points, None, self.now)
            assert not missing
            self._allocate(debtor, takes)
            self.debt -= points

    def _undo_lapse(self, draft: Draft, lot: Any, needed: int) -> None:
        """Put back, as a reversal of the expiry, as much of a lapsed lot as its own withdrawal is about to take."""
        for lapse in self.records.lapses_of_lot(lot.id) if needed > 0 else []:
            points = min(lapse.points, needed)
            if points <= 0:
                return
            explanation = {
                **draft.explanation,
                "rule": "expiry",
                "steps": [{"do": "undo_lapse", "points": points}],
            }
            undone = Draft(
                "reversal",
                points,
                "expiry",
                explanation,
                draft.effective_at,
                draft.source,
                draft.version,
                corrects_id=lapse.entry_id,
            )
            entry = self._append(undone, None)
            self._allocate(entry.id, [Take(lot.id, -points)])
            self._lots = None
            needed -= points

    def due(self, moment: datetime) -> None:
        """Time changes something at that moment."""
        if self.next_due_at is None or moment < self.next_due_at:
            self.next_due_at = moment
