"""The only hand that writes the books of stored value.

A `Purse` is what one member keeps with the shop, locked and settled, for the length of one transaction. It appends
entries, lots and allocations, and writes the account row back once, when it is closed. After every entry, for either
money: sum of entries = account = what is left in lots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session

from core.db import stored_value_queries as queries
from core.db.ledger_queries import lock_account
from core.db.stored_value import accounts, allocations, entries, lots
from core.insight.stored_value import StoredValue, stored_value
from core.rules.expiry import NEVER
from core.rules.lots import Lot, Take, lapsed, taken
from core.rules.refusal import Refused
from core.rules.stored_value import AT_ONCE, Held, Money, bonus_to_withdraw
from core.services.books.explanations import explanation
from core.services.once import Caller
from core.shop import Shop


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry about to be written; how much it moves is said beside it. effective_at: none is now."""

    kind: str
    rule: str
    explanation: dict[str, Any]
    source: str
    version: int
    store: str | None = None
    external_id: str | None = None
    corrects_id: int | None = None
    effective_at: datetime | None = None


@dataclass
class Purse:
    """now: when this transaction is recorded. known: whether the member's account row is there."""

    shop: Shop
    session: Session
    caller: Caller
    now: datetime
    member_id: int
    paid_in: int
    bonus: int
    next_due_at: datetime | None
    known: bool
    changed: bool = False

    @property
    def balance(self) -> int:
        return self.paid_in + self.bonus

    def held(self) -> Held:
        """Every lot with something left."""
        found: dict[str, list[Lot]] = {"paid_in": [], "bonus": []}
        for row in queries.open_lots(self.session, self.member_id):
            found[row.money].append(Lot(row.id, row.remaining, AT_ONCE, row.expires_at))
        return Held(tuple(found["paid_in"]), tuple(found["bonus"]))

    def view(self) -> StoredValue:
        return stored_value(self.shop, self.session, self.member_id)

    def put_in(self, draft: Draft, money: Money, amount: int, expires_at: datetime = NEVER) -> int:
        """Money comes in as a lot of its own. The entry's id."""
        of = {money: amount}
        entry_id = self._append(draft, of.get("paid_in", 0), of.get("bonus", 0), expires_at)
        lot = {"entry_id": entry_id, "member_id": self.member_id, "money": money}
        self.session.execute(insert(lots).values(**lot, amount=amount, remaining=amount, expires_at=expires_at))
        if expires_at != NEVER and (self.next_due_at is None or expires_at < self.next_due_at):
            self.next_due_at = expires_at
        return entry_id

    def parts(self, takes: Sequence[Take]) -> dict[str, int]:
        """How much of either money these takes are."""
        touched = queries.lots_of(self.session, [take.lot_id for take in takes])
        sums = {"paid_in": 0, "bonus": 0}
        for take in takes:
            sums[touched[take.lot_id].money] += take.points
        return sums

    def move(self, draft: Draft, takes: Sequence[Take]) -> int:
        """Money goes out of these lots, or where a take is negative back into them. The entry's id."""
        out = self.parts(takes)
        entry_id = self._append(draft, -out["paid_in"], -out["bonus"], NEVER)
        for take in takes:
            taken = {"lot_id": take.lot_id, "entry_id": entry_id, "amount": take.points, "at": self.now}
            self.session.execute(insert(allocations).values(taken))
            left = lots.c.remaining - take.points
            self.session.execute(update(lots).where(lots.c.id == take.lot_id).values(remaining=left))
        return entry_id

    def lapse(self, not_before: datetime | None = None) -> None:
        """What is over goes, at the moment it was over. not_before: when it came back, after that moment."""
        bonus = self.held().bonus
        for over, takes in lapsed(bonus, self.now).items():
            moment = over if not_before is None else max(over, not_before)
            version = self.shop.version_at(self.session, moment).id
            step = {"do": "lapse", "bonus": sum(take.points for take in takes), "at": over.isoformat()}
            why = explanation("expiry", version, {"lots": [take.lot_id for take in takes]}, step)
            source = f"expiry:{over.isoformat()}"
            self.move(Draft("expiry", "expiry", why, source, version, effective_at=moment), takes)
        later = [lot.expires_at for lot in bonus if self.now < lot.expires_at != NEVER]
        self.next_due_at = min(later, default=None)

    def withdraw_bonus(self, top_up: Any, source: str, store: str | None) -> None:
        """Take back of a top-up's bonus what is not of what stays, as far as it is there (core/rules/stored_value)."""
        given = queries.corrections(self.session, top_up.id, "bonus")
        if not given:
            return
        version = self.shop.version(self.session, top_up.program_version)
        stored = version.program.stored_value
        assert stored is not None
        taken_back = -sum(row.paid_in for row in queries.corrections(self.session, top_up.id, "payout", "reversal"))
        before = -sum(row.bonus for row in queries.corrections(self.session, given[0].id, "reversal"))
        granted = queries.lot_of_entry(self.session, given[0].id)
        there = queries.lots_with_money_of(self.session, granted.id, self.member_id)
        bonus = bonus_to_withdraw(stored, top_up.paid_in, taken_back, before, sum(lot.remaining for lot in there))
        if bonus:
            step = {"do": "withdraw_bonus", "stays": top_up.paid_in - taken_back, "bonus": bonus}
            told = {"topped_up": top_up.paid_in, "granted": granted.amount}
            why = explanation("top_up_bonus", version.id, told, step)
            draft = Draft("reversal", "top_up_bonus", why, source, version.id, store, corrects_id=given[0].id)
            self.move(draft, out_of(there, bonus))

    def close(self) -> None:
        """Write the account row."""
        row = {"paid_in": self.paid_in, "bonus": self.bonus, "next_due_at": self.next_due_at}
        if self.known:
            self.session.execute(update(accounts).where(accounts.c.member_id == self.member_id).values(row))
        elif self.changed:
            self.session.execute(insert(accounts).values(member_id=self.member_id, **row))

    def _append(self, draft: Draft, paid_in: int, bonus: int, expires_at: datetime) -> int:
        row = {
            "member_id": self.member_id,
            "kind": draft.kind,
            "paid_in": paid_in,
            "bonus": bonus,
            "effective_at": draft.effective_at or self.now,
            "recorded_at": self.now,
            "actor": self.caller.actor,
            "source": draft.source,
            "store": draft.store,
            "external_id": draft.external_id,
            "idempotency_key": self.caller.key,
            "program_version": draft.version,
            "rule": draft.rule,
            "explanation": draft.explanation,
            "corrects_id": draft.corrects_id,
            "expires_at": None if expires_at == NEVER else expires_at,
        }
        self.paid_in += paid_in
        self.bonus += bonus
        self.changed = True
        return int(self.session.execute(insert(entries).values(row).returning(entries.c.id)).scalar_one())


def out_of(there: Sequence[Any], amount: int) -> list[Take]:
    """So much out of these lots, one after the other; there must be as much in them."""
    takes = taken(there, amount)
    assert sum(take.points for take in takes) == amount
    return takes


@contextmanager
def open_purse(
    shop: Shop, session: Session, caller: Caller, member_id: int, merged_too: bool = False
) -> Iterator[Purse]:
    """Lock what a member keeps with the shop, settle it to now and write it back at the end.

    merged_too: also that of a card which was merged into another. Nothing is left in it, and nothing may come in, for
    nobody would find it there. Refused: unknown-member, also for one who asked to be forgotten; card-merged.
    """
    member = lock_account(session, member_id)
    if member is None or member.forgotten_at is not None:
        raise Refused("unknown-member", id=member_id)
    if member.merged_into is not None and not merged_too:
        raise Refused("card-merged", id=member_id, keep=member.merged_into)
    row = queries.account(session, member_id)
    sums = (0, 0, None, False) if row is None else (row.paid_in, row.bonus, row.next_due_at, True)
    purse = Purse(shop, session, caller, shop.now(), member_id, *sums)
    if purse.next_due_at is not None and purse.next_due_at <= purse.now:
        purse.lapse()
    yield purse
    purse.close()


def close_purse(shop: Shop, session: Session, caller: Caller, member_id: int) -> None:
    """A member is to be forgotten: what is left of bonuses is written off. Refused: stored-value-left, while there is
    money that the member paid in."""
    with open_purse(shop, session, caller, member_id) as purse:
        if purse.paid_in:
            raise Refused("stored-value-left", paid_in=purse.paid_in)
        takes = [Take(lot.id, lot.remaining) for lot in purse.held().bonus]
        if takes:
            _note(purse, "forgotten", {"do": "write_off", "bonus": purse.bonus}, takes)
        purse.next_due_at = None


def hand_on_purse(shop: Shop, session: Session, caller: Caller, member_id: int) -> None:
    """The card goes to another person, and what is on it: an entry of nothing, where that person's books begin."""
    with open_purse(shop, session, caller, member_id) as purse:
        if purse.balance:
            _note(purse, "handover", {"do": "handover", "balance": purse.balance, "bonus": purse.bonus}, [])


def _note(purse: Purse, rule: str, step: dict[str, Any], takes: Sequence[Take]) -> None:
    version = purse.shop.version_at(purse.session, purse.now).id
    why = explanation(rule, version, {}, step)
    purse.move(Draft("adjustment", rule, why, rule, version), takes)
