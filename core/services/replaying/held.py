"""Records of a few members in memory. What they read and write is what StoredRecords would; nothing is decided here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

from core.db.ledger_queries import LAPSES
from core.insight.goal_facts import REWARD, fact_of
from core.insight.members import MemberRef
from core.insight.tier import contribution
from core.program.schema import Program
from core.rules.contributions import Contribution, ProgramAt
from core.rules.dormancy import InForce
from core.rules.earning import Line
from core.rules.expiry import Activity
from core.rules.goals import Fact
from core.rules.lots import Lot, Take
from core.rules.reversal import Refunded, add
from core.services.books.records import Values
from core.services.replaying.versions import Versions
from core.shop import Version

NOTHING_BACK = Refunded({})
Row = SimpleNamespace
"""As a row of the database: columns are attributes."""


class HeldRecords:
    """Everything of the members whose accounts are given.

    purchase_ids: the number that a purchase, by its external id, had in the history; it keeps that number.
    """

    def __init__(self, versions: Versions, accounts: Mapping[int, Row], purchase_ids: Mapping[str, int]) -> None:
        self.accounts = accounts
        self.entries: dict[int, list[Row]] = {member_id: [] for member_id in accounts}
        self.tier_changes: dict[int, list[Row]] = {member_id: [] for member_id in accounts}
        self.orders: list[Row] = []
        self._versions, self._purchase_ids = versions, purchase_ids
        self._ids = count(2**62)  # behind all that have one already
        self._entry: dict[int, Row] = {}
        self._contributions: dict[int, list[Contribution]] = {member_id: [] for member_id in accounts}
        self._lots: dict[int, Row] = {}
        self._lot_of_entry: dict[int, Row] = {}
        self._open: dict[int, dict[int, Row]] = {member_id: {} for member_id in accounts}
        self._idle: dict[int, list[Row]] = {member_id: [] for member_id in accounts}
        self._taken: defaultdict[int, dict[int, int]] = defaultdict(dict)  # by entry, out of which lot
        self._purchases: dict[int, Row] = {}
        self._bought: dict[int, list[Row]] = {member_id: [] for member_id in accounts}
        self._lines: dict[int, tuple[Line, ...]] = {}
        self._led_to: defaultdict[int, list[Row]] = defaultdict(list)
        self._refunded: dict[int, Refunded] = {}
        self._delivered: dict[int, datetime] = {}
        self._check_ins: dict[int, Row] = {}
        self._gifts: defaultdict[int, dict[tuple[str, str], int]] = defaultdict(dict)
        self._coupons: list[Row] = []

    # -- programs -----------------------------------------------------------------------------------------------

    def version_at(self, at: datetime) -> Version:
        return self._versions.at(at)

    def version(self, number: int) -> Version:
        return self._versions.version(number)

    def programs(self) -> ProgramAt:
        return self._versions.programs()

    def all_programs(self) -> list[Program]:
        return [version.program for version in self._versions.line]

    def line(self) -> list[InForce]:
        return [InForce(version.effective_at, version.program) for version in self._versions.line]

    def closes_members(self, version: Version) -> bool:
        return self._versions.closes_members()

    # -- accounts -----------------------------------------------------------------------------------------------

    def member_id_of(self, ref: MemberRef) -> int:
        assert ref.id is not None
        return ref.id

    def account(self, member_id: int) -> Any:
        return self.accounts.get(member_id)

    def write_account(self, member_id: int, values: Values) -> None:
        self.accounts[member_id].__dict__.update(values)

    def add_tier_change(self, values: Values) -> None:
        self.tier_changes[values["member_id"]].append(Row(**values))

    def joined_at(self, member_id: int) -> datetime:
        joined: datetime = self.accounts[member_id].joined_at
        return joined

    def known_at(self, member_id: int) -> datetime:
        known: datetime = self.accounts[member_id].known_at
        return known

    def set_closed(self, member_id: int, closed_at: datetime | None, reopened_at: datetime | None) -> None:
        self.accounts[member_id].__dict__.update(closed_at=closed_at, reopened_at=reopened_at)

    # -- entries and lots ---------------------------------------------------------------------------------------

    def add_entry(self, values: Values) -> int:
        row = Row(id=next(self._ids), **values)
        self.hold_entry(row)
        return int(row.id)

    def hold_entry(self, row: Row) -> None:
        """One that has its number already."""
        self._entry[row.id] = row
        self.entries[row.member_id].append(row)
        if row.purchase_id is not None:
            self._led_to[row.purchase_id].append(row)
        if row.qualifies_at is not None:
            self._contributions[row.member_id].append(contribution(row))  # type: ignore[arg-type]  # has its columns

    def entries_from(self, member_id: int, source: str) -> Sequence[Any]:
        return [row for row in self.entries[member_id] if row.source == source]

    def granted_since(self, member_id: int, rule: str, since: datetime | None) -> int:
        granted = [row for row in self.entries[member_id] if row.rule == rule and row.kind == "bonus"]
        return sum(since is None or row.effective_at >= since for row in granted)

    def handed_on_at(self, member_id: int) -> datetime | None:
        return next((row.recorded_at for row in reversed(self.entries[member_id]) if row.rule == "handover"), None)

    def closings(self, member_id: int) -> Sequence[Any]:
        mine = [row for row in self.entries[member_id] if row.rule == "dormancy" and row.qualifies_at is not None]
        undone = {row.corrects_id for row in mine}
        return [row for row in reversed(mine) if row.kind == "expiry" and row.id not in undone]

    def lapses_while_closed(self, member_id: int) -> Sequence[Any]:
        mine = [row for row in self.entries[member_id] if row.rule == "dormancy" and row.kind == "expiry"]
        return [row for row in mine if row.qualifies_at is None]

    def contributions(self, member_id: int, since: datetime) -> list[Contribution]:
        return [each for each in self._contributions[member_id] if each.at >= since]

    def qualifying_sums(self, member_id: int, since: datetime, until: datetime) -> tuple[int, int]:
        spend = points = 0
        for each in self._contributions[member_id]:
            if since <= each.at <= until:
                spend, points = spend + each.spend, points + each.points
        return spend, points

    def unpaid_debts(self, member_id: int) -> Sequence[Any]:
        owed = [
            Row(entry_id=row.id, owed=-row.points - sum(self._taken.get(row.id, {}).values()))
            for row in self.entries[member_id]
            if row.points < 0
        ]
        return [each for each in owed if each.owed > 0]

    def add_lot(self, values: Values) -> int:
        row = Row(id=next(self._ids), **values)
        self.hold_lot(row)
        return int(row.id)

    def hold_lot(self, row: Row) -> None:
        """One that has its number already."""
        self._lots[row.id] = self._lot_of_entry[row.entry_id] = row
        if row.remaining:
            self._open[row.member_id][row.id] = row
        if getattr(row, "idle_version", None) is not None:
            self._idle[row.member_id].append(row)

    def open_lots(self, member_id: int) -> list[Lot]:
        rows = self._open[member_id].values()
        return [Lot(row.id, row.remaining, row.activates_at, row.expires_at) for row in rows]

    def lapses_by_inactivity(self, version: Version) -> bool:
        return any(each.program.earning.expires == "inactivity" for each in self._versions.line)

    def idle_ends(self, member_id: int, at: datetime) -> Sequence[Any]:
        ends = {(lot.expires_at, lot.idle_version) for lot in self._idle[member_id] if lot.expires_at > at}
        return [Row(expires_at=end, idle_version=version) for end, version in ends]

    def empty_idle_lots(self, member_id: int, version: int, end: datetime) -> list[int]:
        return [lot.id for lot in self._idle_lots(member_id, version, end) if not lot.remaining]

    def move_idle_lots(self, member_id: int, version: int, end: datetime, until: datetime) -> None:
        for lot in self._idle_lots(member_id, version, end):
            lot.expires_at = until

    def activities(self, member_id: int, since: datetime) -> list[Activity]:
        bought = [row.occurred_at for row in self._bought[member_id] if row.occurred_at >= since]
        entries = self.entries[member_id] if self._idle[member_id] else ()
        took = [row.effective_at for row in entries if row.kind == "redemption" and row.rule.startswith(REWARD)]
        rewards = (Activity(at, "reward") for at in took if at >= since)
        return [*(Activity(at, "purchase") for at in bought), *rewards]

    def lot_of_entry(self, entry_id: int) -> Any:
        return self._lot_of_entry.get(entry_id)

    def takes_of_entry(self, entry_id: int) -> list[Take]:
        return [Take(lot, points) for lot, points in sorted(self._taken.get(entry_id, {}).items()) if points > 0]

    def takes_of_lapse(self, entry_id: int) -> list[Take]:
        taken: dict[int, int] = {}
        for row in self.entries[self._entry[entry_id].member_id]:
            if row.id == entry_id or (row.rule in LAPSES and row.kind == "reversal" and row.corrects_id == entry_id):
                for lot, points in self._taken[row.id].items():
                    taken[lot] = taken.get(lot, 0) + points
        return [Take(lot, points) for lot, points in sorted(taken.items()) if points > 0]

    def lapses_of_lot(self, lot_id: int) -> Sequence[Any]:
        taken: dict[int, int] = {}
        for row in self.entries[self._lots[lot_id].member_id]:
            if row.rule in LAPSES:
                lapse = row.id if row.kind == "expiry" else row.corrects_id
                taken[lapse] = taken.get(lapse, 0) + self._taken[row.id].get(lot_id, 0)
        left = [(self._entry[entry_id], points) for entry_id, points in taken.items() if points > 0]
        return [Row(entry_id=entry.id, rule=entry.rule, points=points) for entry, points in left]

    def add_allocations(self, entry_id: int, takes: Sequence[Take], at: datetime) -> None:
        taken = self._taken[entry_id]
        for take in takes:
            taken[take.lot_id] = taken.get(take.lot_id, 0) + take.points

    def take_from_lots(self, takes: Sequence[Take]) -> None:
        for take in takes:
            lot = self._lots[take.lot_id]
            lot.remaining -= take.points
            if lot.remaining:
                self._open[lot.member_id][lot.id] = lot
            else:
                self._open[lot.member_id].pop(lot.id, None)

    # -- purchases and refunds ----------------------------------------------------------------------------------

    def add_purchase(self, values: Values, lines: Sequence[Line]) -> int:
        row = Row(id=self._purchase_ids[values["external_id"]], **values)
        self._purchases[row.id] = row
        self._bought[row.member_id].append(row)
        self._lines[row.id] = tuple(lines)
        return int(row.id)

    def purchase(self, purchase_id: int) -> Any:
        return self._purchases.get(purchase_id)

    def lines_of(self, purchase_id: int) -> tuple[Line, ...]:
        return self._lines[purchase_id]

    def entries_of(self, purchase_id: int) -> Sequence[Any]:
        return self._led_to[purchase_id]

    def has_earlier(self, member_id: int, at: datetime, external_id: str) -> bool:
        return any((row.occurred_at, row.external_id) < (at, external_id) for row in self._bought[member_id])

    def later_purchases(self, member_id: int, at: datetime, external_id: str) -> Sequence[Any]:
        later = [row for row in self._bought[member_id] if (row.occurred_at, row.external_id) > (at, external_id)]
        return _in_order(later)

    def purchases_between(self, member_id: int, since: datetime, until: datetime) -> Sequence[Any]:
        return _in_order([row for row in self._bought[member_id] if since <= row.occurred_at < until])

    def earned_between(
        self, member_id: int, rules: list[str], since: datetime, at: datetime, external_id: str
    ) -> Mapping[str, int]:
        earned: dict[str, int] = {}
        for bought in self._bought[member_id]:
            if since <= bought.occurred_at and (bought.occurred_at, bought.external_id) < (at, external_id):
                for row in self._led_to[bought.id]:
                    if row.member_id == member_id and row.rule in rules:
                        earned[row.rule] = earned.get(row.rule, 0) + row.points
        return earned

    def set_judged_tier(self, purchase_id: int, tier: str) -> None:
        self._purchases[purchase_id].tier = tier

    def delivered_at(self, purchase_id: int) -> datetime | None:
        return self._delivered.get(purchase_id)

    def add_delivery(self, values: Values) -> None:
        self._delivered[values["purchase_id"]] = values["delivered_at"]

    def activate_lots(self, purchase_id: int, member_id: int, at: datetime) -> None:
        for entry in self._led_to[purchase_id]:
            lot = self._lot_of_entry.get(entry.id)
            if lot is not None and lot.member_id == member_id:
                lot.activates_at = min(lot.activates_at, at)

    def add_refund(self, values: Values, quantities: Mapping[int, int], refunded: int) -> int:
        purchase_id = values["purchase_id"]
        part = Refunded(dict(quantities), values["by_amount"])
        self._refunded[purchase_id] = add(self.refunded_of(purchase_id), part)
        self._purchases[purchase_id].refunded = refunded
        return next(self._ids)

    def refunded_of(self, purchase_id: int) -> Refunded:
        return self._refunded.get(purchase_id, NOTHING_BACK)

    # -- what members do besides --------------------------------------------------------------------------------

    def last_check_in(self, member_id: int) -> Any:
        return self._check_ins.get(member_id)

    def add_check_in(self, values: Values) -> None:
        self._check_ins[values["member_id"]] = Row(**values)

    def rewards_taken(self, member_id: int, reward: str) -> int:
        return sum((order.member_id, order.reward) == (member_id, reward) for order in self.orders)

    def gifts_of(self, member_id: int) -> Mapping[tuple[str, str], int]:
        return self._gifts[member_id]

    def add_benefit_movement(self, values: Values) -> None:
        gifts, given = self._gifts[values["member_id"]], (values["benefit"], values["tier"])
        gifts[given] = gifts.get(given, 0) + values["gift"]

    # -- goals --------------------------------------------------------------------------------------------------

    def facts(self, member_id: int, since: datetime) -> list[Fact]:
        mine = self.entries[member_id]
        spent = [(self._ordered_at(row), row) for row in mine if row.rule.startswith(REWARD)]
        return [
            *(fact_of(row) for row in mine if row.qualifies_at is not None and row.qualifies_at >= since),
            *(Fact(at, spent=-row.points) for at, row in spent if at is not None and at >= since),
        ]

    def goal_entries(self, member_id: int) -> Sequence[Any]:
        return [row for row in self.entries[member_id] if row.rule.startswith("goal:")]

    def cards_merged_into(self, member_id: int) -> Sequence[int]:
        return [other for other, row in self.accounts.items() if row.merged_into == member_id]

    def goal_coupons(self, member_id: int) -> Sequence[Any]:
        return [row for row in self._coupons if row.member_id == member_id]

    def add_coupon(self, values: Values, at: datetime, actor: str) -> None:
        self._coupons.append(Row(id=next(self._ids), status="issued", **values))

    def void_coupon(self, coupon_id: int, why: str, at: datetime, actor: str) -> None:
        self._coupons = [row for row in self._coupons if row.id != coupon_id]

    def _idle_lots(self, member_id: int, version: int, end: datetime) -> list[Row]:
        return [lot for lot in self._idle[member_id] if (lot.idle_version, lot.expires_at) == (version, end)]

    def _ordered_at(self, row: Row) -> datetime | None:
        """When the reward was ordered that an entry paid for or gave back; None for other entries."""
        if row.kind == "reversal":
            row = self._entry[row.corrects_id] if row.corrects_id is not None else row
        at: datetime | None = row.effective_at if row.kind == "redemption" else None
        return at


def _in_order(bought: list[Row]) -> list[Row]:
    return sorted(bought, key=lambda row: (row.occurred_at, row.external_id))
