"""The only hand that writes the books.

A `Book` is one member's account, locked and settled, for the length of one transaction. It appends entries, lots and
allocations, and writes the account row back once, when it is closed. After every entry:
sum of entries = balance = what is left in lots - debt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session

from core.db import ledger_queries as queries
from core.db.ledger import accounts, allocations, entries, lots, tier_changes
from core.db.prepared import Prepared
from core.rules.lots import Lot, Take, active_points, lapsed, spend, take_back
from core.rules.refusal import Refusal, Refused
from core.rules.terms import window_start
from core.rules.tiers import Contribution, Holding, holding
from core.services.common import EntryOut
from core.services.once import Caller
from core.shop import Shop, Version

_TAKE_FROM_LOT = Prepared(
    update(lots).where(lots.c.id == bindparam("lot")).values(remaining=lots.c.remaining - bindparam("points_taken"))
)
_INSERT_ENTRY = Prepared(insert(entries).returning(entries.c.id))
_INSERT_LOT = Prepared(insert(lots).returning(lots.c.id))
_INSERT_ALLOCATION = Prepared(insert(allocations))
_WRITE_ACCOUNT = Prepared(update(accounts).where(accounts.c.member_id == bindparam("of_member")))


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


@dataclass
class Book:
    """A member's open account. now: when this transaction is recorded."""

    shop: Shop
    session: Session
    caller: Caller
    now: datetime
    member_id: int
    balance: int
    debt: int
    tier: str
    tier_since: datetime
    tier_until: datetime | None
    purchases: int
    last_purchase_at: datetime | None
    judged_until: datetime | None
    next_due_at: datetime | None
    birthday: Any
    referrer_id: int | None
    written: list[EntryOut] = field(default_factory=list)
    _lots: list[Lot] | None = None

    # -- entries ------------------------------------------------------------------------------------------------

    def credit(self, draft: Draft, activates_at: datetime, expires_at: datetime) -> EntryOut:
        """Points come in as a lot of their own, which first pays what the member owes. 0 points make no lot."""
        assert draft.points >= 0
        entry = self._append(draft, expires_at if draft.points else None)
        if not draft.points:
            return entry
        payments = self._payments(draft.points)
        left = draft.points - sum(points for _, points in payments)
        lot_id = _INSERT_LOT.scalar(
            self.session,
            {
                "entry_id": entry.id,
                "member_id": self.member_id,
                "points": draft.points,
                "remaining": left,
                "activates_at": activates_at,
                "expires_at": expires_at,
            },
        )
        for debtor, points in payments:
            self._note_allocations(debtor, [Take(lot_id, points)])
            self.debt -= points
        if self._lots is not None and left:
            self._lots.append(Lot(lot_id, left, activates_at, expires_at))
        if left:
            self._due(expires_at)
        return entry

    def spend(self, draft: Draft) -> EntryOut:
        """Points go out of the active lots. Refused: points-short."""
        takes = spend(self.lots(), -draft.points, self.now)
        if isinstance(takes, Refusal):
            raise Refused(takes.reason, **takes.facts)
        return self._debit(draft, takes)

    def take_back(self, draft: Draft, own_entry: int | None) -> EntryOut:
        """Points of an earlier entry are withdrawn: from its own lot, then from others; what is missing is owed.

        What had lapsed of that lot is put back first, so that nobody pays for points that were lost already.
        """
        own = queries.lot_of_entry(self.session, own_entry) if own_entry else None
        if own is not None:
            self._undo_lapse(draft, own, -draft.points - own.remaining)
        takes, missing = take_back(self.lots(), -draft.points, own.id if own is not None else None, self.now)
        entry = self._debit(draft, takes)
        self.debt += missing
        return entry

    def give_back(self, draft: Draft) -> EntryOut:
        """An earlier debit (draft.corrects_id) is undone in full: its points return to the lots they came from."""
        assert draft.corrects_id is not None
        entry = self._append(draft, None)
        takes = [Take(row.lot_id, row.points) for row in queries.takes_of_entry(self.session, draft.corrects_id)]
        assert sum(take.points for take in takes) == draft.points
        self._allocate(entry.id, [Take(take.lot_id, -take.points) for take in takes])
        self._lots = None
        self._pay_debts()
        self.next_due_at = self.now  # a lot that is over by now lapses again at the next settling
        return entry

    def lots(self) -> list[Lot]:
        """Every lot with something left."""
        if self._lots is None:
            self._lots = [
                Lot(row.id, row.remaining, row.activates_at, row.expires_at)
                for row in queries.open_lots(self.session, self.member_id)
            ]
        return self._lots

    # -- time ---------------------------------------------------------------------------------------------------

    def settle(self, at: datetime) -> None:
        """Bring the account to a moment: lots that are over lapse, a tier whose term ended is reviewed. Idempotent."""
        if self.next_due_at is None or self.next_due_at > at:
            return
        self._lapse(at)
        while self.tier_until is not None and self.tier_until <= at:
            self.review_tier(self.tier_until)
        moments = [lot.expires_at for lot in self.lots()] + ([self.tier_until] if self.tier_until else [])
        self.next_due_at = min(moments, default=None)

    def review_tier(self, at: datetime, cause: dict[str, Any] | None = None) -> None:
        """Hold the account to the tier that the entries prove at `at`."""
        version = self.shop.version_at(self.session, at)
        self.hold(version, self.holding(at), at, cause or {})
        self.judged(at)

    def judged(self, at: datetime) -> None:
        """Nothing before `at` can be judged in order any more."""
        self.judged_until = at if self.judged_until is None else max(at, self.judged_until)

    def hold(self, version: Version, held: Holding, at: datetime, cause: dict[str, Any]) -> None:
        """Write a tier change where the tier or its term differs from what the account says."""
        if (held.tier, held.until) == (self.tier, self.tier_until):
            return
        if held.tier != self.tier:
            self.session.execute(insert(tier_changes), self._tier_change(version, held, at, cause))
            self.tier_since = at
        self.tier, self.tier_until = held.tier, held.until
        if held.until is not None:
            self._due(held.until)

    def holding(self, at: datetime) -> Holding:
        """The tier that the entries prove at `at`."""
        return holding(self.shop.programs(self.session), self.contributions(at), at)

    def contributions(self, at: datetime) -> list[Contribution]:
        """Everything that can bear on the tier at `at` or later."""
        program = self.shop.version_at(self.session, at).program
        tiering, zone = program.tiering, program.program.zone
        since = window_start(window_start(at, tiering.validity_months, zone), tiering.window_months, zone)
        return [
            Contribution(row.qualifies_at, row.effective_at, row.qualifying_spend, row.qualifying_points)
            for row in queries.contributions(self.session, self.member_id, since)
        ]

    # -- the row ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Write the account row."""
        _WRITE_ACCOUNT.run(
            self.session,
            {
                "of_member": self.member_id,
                "balance": self.balance,
                "debt": self.debt,
                "tier": self.tier,
                "tier_since": self.tier_since,
                "tier_until": self.tier_until,
                "purchases": self.purchases,
                "last_purchase_at": self.last_purchase_at,
                "judged_until": self.judged_until,
                "next_due_at": self.next_due_at,
            },
        )

    def _append(self, draft: Draft, expires_at: datetime | None) -> EntryOut:
        entry_id = _INSERT_ENTRY.scalar(
            self.session,
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
            },
        )
        self.balance += draft.points
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

    def _debit(self, draft: Draft, takes: Sequence[Take]) -> EntryOut:
        entry = self._append(draft, None)
        self._allocate(entry.id, takes)
        return entry

    def _allocate(self, entry_id: int, takes: Sequence[Take]) -> None:
        """Move points between lots and an entry, in the tables and in memory."""
        if not takes:
            return
        self._note_allocations(entry_id, takes)
        _TAKE_FROM_LOT.run(self.session, *({"lot": take.lot_id, "points_taken": take.points} for take in takes))
        if self._lots is not None:
            taken = {take.lot_id: take.points for take in takes}
            left = [
                Lot(lot.id, lot.remaining - taken.get(lot.id, 0), lot.activates_at, lot.expires_at)
                for lot in self._lots
            ]
            self._lots = [lot for lot in left if lot.remaining]

    def _note_allocations(self, entry_id: int, takes: Sequence[Take]) -> None:
        _INSERT_ALLOCATION.run(
            self.session,
            *({"lot_id": take.lot_id, "entry_id": entry_id, "points": take.points, "at": self.now} for take in takes),
        )

    def _payments(self, points: int) -> list[tuple[int, int]]:
        """What new points pay of old debts: entry and points, oldest debt first."""
        payments = []
        for debt in queries.unpaid_debts(self.session, self.member_id) if self.debt else []:
            part = min(debt.owed, points)
            if part:
                payments.append((debt.entry_id, part))
                points -= part
        return payments

    def _pay_debts(self) -> None:
        """Points that came back to their lots pay what the member owes."""
        spendable = active_points(self.lots(), self.now)
        for debtor, points in self._payments(spendable):
            takes = spend(self.lots(), points, self.now)
            assert not isinstance(takes, Refusal)
            self._allocate(debtor, takes)
            self.debt -= points

    def _lapse(self, at: datetime) -> None:
        for moment, takes in lapsed(self.lots(), at).items():
            points = sum(take.points for take in takes)
            version = self.shop.version_at(self.session, moment).id
            explanation: dict[str, Any] = {
                "rule": "expiry",
                "version": version,
                "inputs": {"lots": [take.lot_id for take in takes]},
                "steps": [{"do": "lapse", "points": points, "at": moment.isoformat()}],
                "caps": [],
                "not_applied": [],
            }
            source = f"expiry:{moment.isoformat()}"
            draft = Draft("expiry", -points, "expiry", explanation, moment, source, version)
            self._debit(draft, takes)

    def _undo_lapse(self, draft: Draft, lot: Any, needed: int) -> None:
        """Put back, as a reversal of the expiry, as much of a lapsed lot as its own withdrawal is about to take."""
        for lapse in queries.lapses_of_lot(self.session, lot.id) if needed > 0 else []:
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

    def _tier_change(self, version: Version, held: Holding, at: datetime, cause: dict[str, Any]) -> dict[str, Any]:
        return {
            "member_id": self.member_id,
            "from_tier": self.tier,
            "to_tier": held.tier,
            "effective_at": at,
            "recorded_at": self.now,
            "until": held.until,
            "actor": self.caller.actor,
            "program_version": version.id,
            "reason": {
                "do": "met" if version.program.rank(held.tier) > version.program.rank(self.tier) else "not_kept",
                "spend": held.spend,
                "points": held.points,
                "met_at": held.met_at.isoformat() if held.met_at else None,
                "ended": self.tier_until.isoformat() if self.tier_until else None,
                **cause,
            },
        }

    def _due(self, moment: datetime) -> None:
        if self.next_due_at is None or moment < self.next_due_at:
            self.next_due_at = moment


@contextmanager
def open_book(
    shop: Shop, session: Session, caller: Caller, member_id: int, at: datetime | None = None
) -> Iterator[Book]:
    """Lock a member's account, settle it (to now, or to `at`) and write it back at the end.

    Refused: unknown-member, also for one who asked to be forgotten.
    """
    row = queries.lock_account(session, member_id)
    if row is None or row.forgotten_at is not None:
        raise Refused("unknown-member", id=member_id)
    now = shop.now()
    book = Book(
        shop,
        session,
        caller,
        now,
        member_id,
        row.balance,
        row.debt,
        row.tier,
        row.tier_since,
        row.tier_until,
        row.purchases,
        row.last_purchase_at,
        row.judged_until,
        row.next_due_at,
        row.birthday,
        row.referrer_id,
    )
    book.settle(now if at is None else min(at, now))
    yield book
    book.close()


class Books:
    """The accounts of one transaction, each opened once and written back together at the end."""

    def __init__(self, shop: Shop, session: Session, caller: Caller) -> None:
        self._shop, self._session, self._caller = shop, session, caller
        self._stack = ExitStack()
        self._open: dict[int, Book] = {}

    def __enter__(self) -> Books:
        self._stack.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def open(self, member_id: int, at: datetime | None = None) -> Book:
        """Refused: unknown-member."""
        if member_id not in self._open:
            opening = open_book(self._shop, self._session, self._caller, member_id, at)
            self._open[member_id] = self._stack.enter_context(opening)
        return self._open[member_id]

    def find(self, member_id: int | None) -> Book | None:
        """As open, but None for nobody and for one who asked to be forgotten."""
        try:
            return None if member_id is None else self.open(member_id)
        except Refused:
            return None
