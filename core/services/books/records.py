"""What the books stand on: everything that posting, judging and settling read and write goes through one object.

`StoredRecords` (stored_records.py) is the one on the database, within the caller's transaction. Replaying keeps a few
members' in memory (core/services/replaying), so that the very same services run on a program that was never in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.insight.members import MemberRef
from core.program.schema import Program
from core.rules.contributions import Contribution, ProgramAt
from core.rules.dormancy import InForce
from core.rules.earning import Line
from core.rules.expiry import Activity
from core.rules.goals import Fact
from core.rules.lots import Lot, Take
from core.rules.reversal import Refunded
from core.shop import Version

CODE_LENGTH = 10
"""Characters of a coupon's code, over 9 × 10^13 of them: nobody guesses one at a till."""
Values = Mapping[str, Any]
"""A new row's columns by name (core/db). A row that is read has them as attributes."""


class Records(Protocol):
    """Entries, lots and purchases are numbered in the order in which they are added."""

    # -- programs -----------------------------------------------------------------------------------------------

    def version_at(self, at: datetime) -> Version:
        """The program in force at that time; before the first one, the first. Refused: no-program."""

    def version(self, number: int) -> Version: ...

    def programs(self) -> ProgramAt:
        """The program in force at any moment, for many moments at once."""

    def all_programs(self) -> list[Program]:
        """Of every version that was ever published."""

    def line(self) -> list[InForce]:
        """Every program with when it came into force, in that order."""

    def closes_members(self, version: Version) -> bool:
        """Whether that version or one before it closes members who stay away."""

    # -- accounts -----------------------------------------------------------------------------------------------

    def member_id_of(self, ref: MemberRef) -> int:
        """Refused: unknown-member."""

    def account(self, member_id: int) -> Any:
        """The account's row with its member's birthday, referrer_id and forgotten_at, ours alone from now on; None
        where there is none. Several members: in descending id."""

    def write_account(self, member_id: int, values: Values) -> None: ...

    def add_tier_change(self, values: Values) -> None: ...

    def joined_at(self, member_id: int) -> datetime: ...

    def known_at(self, member_id: int) -> datetime:
        """Since when the books know the member, who may have joined before."""

    def set_closed(self, member_id: int, closed_at: datetime | None, reopened_at: datetime | None) -> None:
        """Note whether the member is closed, and when they were last reopened."""

    # -- entries and lots ---------------------------------------------------------------------------------------

    def add_entry(self, values: Values) -> int:
        """Its id."""

    def entries_from(self, member_id: int, source: str) -> Sequence[Any]:
        """id, member_id, kind, rule, points and recorded_at of a person's entries of one source, on whichever card,
        oldest first."""

    def granted_since(self, member_id: int, rule: str, since: datetime | None) -> int:
        """How many bonuses of a rule the member was given, from `since` on or ever."""

    def handed_on_at(self, member_id: int) -> datetime | None:
        """When the card was handed to the person who holds it; None where it never was."""

    def closings(self, member_id: int) -> Sequence[Any]:
        """id, effective_at, source and program_version of the entries that closed the member and were not undone, the
        newest first."""

    def lapses_while_closed(self, member_id: int) -> Sequence[Any]:
        """id, effective_at, source and program_version of the entries by which points lapsed that had come back to the
        closed account, the oldest first."""

    def contributions(self, member_id: int, since: datetime) -> list[Contribution]:
        """What qualifies from `since` on."""

    def qualifying_sums(self, member_id: int, since: datetime, until: datetime) -> tuple[int, int]:
        """Spend and points that qualify at moments from `since` to `until`, both included."""

    def unpaid_debts(self, member_id: int) -> Sequence[Any]:
        """entry_id and points still owed, oldest first: negative entries that no lot has fully covered."""

    def add_lot(self, values: Values) -> int:
        """Its id."""

    def open_lots(self, member_id: int) -> list[Lot]:
        """Those with something left."""

    def lapses_by_inactivity(self, version: Version) -> bool:
        """Whether points of that version or of one before it do."""

    def idle_ends(self, member_id: int, at: datetime) -> Sequence[Any]:
        """expires_at and idle_version of lots whose end moves on with what the member does, if it had not come by that
        moment. Most lots share one."""

    def empty_idle_lots(self, member_id: int, version: int, end: datetime) -> list[int]:
        """Ids of the lots of one such end that have nothing left."""

    def move_idle_lots(self, member_id: int, version: int, end: datetime, until: datetime) -> None:
        """The lots of one such end have another."""

    def activities(self, member_id: int, since: datetime) -> list[Activity]:
        """What the member did from `since` on, in no particular order. What was undone later was done all the same."""

    def lot_of_entry(self, entry_id: int) -> Any:
        """id and remaining of the lot of an entry's points, or None."""

    def takes_of_entry(self, entry_id: int) -> list[Take]:
        """The net points that an entry still holds out of each lot."""

    def takes_of_lapse(self, entry_id: int) -> list[Take]:
        """The points that an expiry entry took from each lot, less what undid it."""

    def lapses_of_lot(self, lot_id: int) -> Sequence[Any]:
        """entry_id, rule and points of the expiry entries that took from a lot, oldest first, less what undid them."""

    def add_allocations(self, entry_id: int, takes: Sequence[Take], at: datetime) -> None: ...

    def take_from_lots(self, takes: Sequence[Take]) -> None: ...

    # -- purchases and refunds ----------------------------------------------------------------------------------

    def add_purchase(self, values: Values, lines: Sequence[Line]) -> int:
        """Its id."""

    def purchase(self, purchase_id: int) -> Any:
        """Its row, or None."""

    def lines_of(self, purchase_id: int) -> tuple[Line, ...]: ...

    def entries_of(self, purchase_id: int) -> Sequence[Any]:
        """Every entry a purchase led to, on whoever's account, oldest first."""

    def has_earlier(self, member_id: int, at: datetime, external_id: str) -> bool:
        """Whether the member bought before that purchase. Two at one moment are ordered by their external id."""

    def later_purchases(self, member_id: int, at: datetime, external_id: str) -> Sequence[Any]:
        """The member's purchases after that one, in the order in which they are judged."""

    def purchases_between(self, member_id: int, since: datetime, until: datetime) -> Sequence[Any]:
        """The member's purchases from `since` to before `until`, in the order in which they are judged."""

    def earned_between(
        self, member_id: int, rules: list[str], since: datetime, at: datetime, external_id: str
    ) -> Mapping[str, int]:
        """By rule, the points of the member's purchases from `since` to before that one, corrections included."""

    def set_judged_tier(self, purchase_id: int, tier: str) -> None:
        """Note the tier that a purchase is judged with, now that a late one has changed it."""

    def add_refund(self, values: Values, quantities: Mapping[int, int], refunded: int) -> int:
        """Its id. quantities: by number of line; refunded: minor units that came back of the purchase by now."""

    def refunded_of(self, purchase_id: int) -> Refunded:
        """Everything that came back of a purchase so far."""

    # -- what members do besides --------------------------------------------------------------------------------

    def delivered_at(self, purchase_id: int) -> datetime | None:
        """When its goods arrived, if that was reported."""

    def add_delivery(self, values: Values) -> None: ...

    def activate_lots(self, purchase_id: int, member_id: int, at: datetime) -> None:
        """Lots of that purchase's points that become spendable later do so at that moment, also those that points of
        this account have been carried on to."""

    def last_check_in(self, member_id: int) -> Any:
        """day, streak and at, or None."""

    def add_check_in(self, values: Values) -> None: ...

    def rewards_taken(self, member_id: int, reward: str) -> int:
        """How many of it the member ordered, cancelled ones not counted."""

    def gifts_of(self, member_id: int) -> Mapping[tuple[str, str], int]:
        """What was given for rises, less what was taken back, by benefit and tier."""

    def add_benefit_movement(self, values: Values) -> None: ...

    # -- goals --------------------------------------------------------------------------------------------------

    def facts(self, member_id: int, since: datetime) -> list[Fact]:
        """What counts towards goals from `since` on."""

    def goal_entries(self, member_id: int) -> Sequence[Any]:
        """The entries whose rule is `goal:…`, oldest first."""

    def cards_merged_into(self, member_id: int) -> Sequence[int]:
        """The members who were found to be that one."""

    def goal_coupons(self, member_id: int) -> Sequence[Any]:
        """id, template, source and status of coupons that goals brought and that are not void, oldest first."""

    def add_coupon(self, values: Values, at: datetime, actor: str) -> None:
        """values: all but its code."""

    def void_coupon(self, coupon_id: int, why: str, at: datetime, actor: str) -> None: ...
