"""The books: accounts, entries, lots and the allocations between them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class Account(SQLModel, table=True):
    """One row a member: the lock that serialises the member's writes, and sums that the entries prove.

    balance: the sum of all entries (spendable + pending - debt). debt: points taken back after they were spent.
    review_at: when time alone may change the tier. period_until: when the card's period ends, where there are any.
    judged_until: a purchase after this moment is judged in order; an earlier one has later judgements to mend.
    next_due_at: when time alone next changes something here (a lot lapses, a tier ends). goal_sums: what goals have
    come to (core/insight/goal_facts.py); None: not known.
    """

    __table_args__ = (CheckConstraint("debt >= 0", name="account_debt"),)

    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Big)
    balance: int = Field(default=0, sa_type=Big)
    debt: int = Field(default=0, sa_type=Big)
    tier: str = Field(max_length=40)
    tier_since: datetime = Field(sa_type=Moment)
    tier_until: datetime | None = Field(default=None, sa_type=Moment)
    review_at: datetime | None = Field(default=None, sa_type=Moment)
    period_until: datetime | None = Field(default=None, sa_type=Moment)
    purchases: int = 0  # how many count
    last_purchase_at: datetime | None = Field(default=None, sa_type=Moment)
    judged_until: datetime | None = Field(default=None, sa_type=Moment)
    next_due_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    goal_sums: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class LedgerEntry(SQLModel, table=True):
    """Append-only (a trigger refuses update and delete).

    kind: accrual, bonus, redemption, expiry, reversal, adjustment. points: signed. qualifying_*: what the entry
    adds to the sums that tiers are judged by, counted at qualifies_at.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('accrual', 'bonus', 'redemption', 'expiry', 'reversal', 'adjustment')", name="ledger_entry_kind"
        ),
        Index("ledger_entry_member", "member_id", "id"),
        Index("ledger_entry_qualifying", "member_id", "qualifies_at", "qualifying_spend", "qualifying_points"),
    )

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    kind: str = Field(max_length=12)
    points: int = Field(sa_type=Big)
    effective_at: datetime = Field(sa_type=Moment)
    recorded_at: datetime = Field(sa_type=Moment)
    actor: str = Field(max_length=60)
    source: str = Field(max_length=160)  # what caused it: purchase:…, refund:…, reward:…
    idempotency_key: str = Field(max_length=200)
    program_version: int = Field(foreign_key="program_version.id")
    rule: str = Field(max_length=60)
    explanation: dict[str, Any] = Field(sa_type=JSON)
    purchase_id: int | None = Field(default=None, foreign_key="purchase.id", index=True, sa_type=Big)
    corrects_id: int | None = Field(default=None, foreign_key="ledger_entry.id", index=True, sa_type=Big)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)
    qualifies_at: datetime | None = Field(default=None, sa_type=Moment)
    qualifying_spend: int = Field(default=0, sa_type=Big)
    qualifying_points: int = Field(default=0, sa_type=Big)
    qualifying_more: dict[str, Any] | None = Field(default=None, sa_type=JSON)  # measures: …, invited_to: a tier


class Lot(SQLModel, table=True):
    """The points of one accruing entry: spendable from activates_at (inclusive) to expires_at (exclusive).

    idle_until: when they would lapse if the member did nothing; expires_at then moves on with what the member does, by
    the terms of the program version idle_version. Both null where the end is fixed.
    """

    __table_args__ = (
        CheckConstraint("remaining >= 0 AND remaining <= points AND points > 0", name="lot_remaining"),
        Index(
            "lot_open",
            "member_id",
            "expires_at",
            sqlite_where=text("remaining > 0"),
            postgresql_where=text("remaining > 0"),
        ),
        Index(
            "lot_idle",
            "member_id",
            "expires_at",
            sqlite_where=text("idle_version IS NOT NULL"),
            postgresql_where=text("idle_version IS NOT NULL"),
        ),
    )

    id: int | None = row_id()
    entry_id: int = Field(foreign_key="ledger_entry.id", unique=True, sa_type=Big)
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    points: int = Field(sa_type=Big)
    remaining: int = Field(sa_type=Big)
    activates_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    idle_until: datetime | None = Field(default=None, sa_type=Moment)
    idle_version: int | None = None


class Allocation(SQLModel, table=True):
    """Points of a lot that an entry took (positive) or gave back (negative). Append-only."""

    __table_args__ = (CheckConstraint("points <> 0", name="allocation_points"),)

    id: int | None = row_id()
    lot_id: int = Field(foreign_key="lot.id", index=True, sa_type=Big)
    entry_id: int = Field(foreign_key="ledger_entry.id", index=True, sa_type=Big)
    points: int = Field(sa_type=Big)
    at: datetime = Field(sa_type=Moment)


class TierChange(SQLModel, table=True):
    """A move between tiers, or a tier kept for another term, with the reason as data. Append-only."""

    __tablename__ = "tier_change"

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", index=True, sa_type=Big)
    from_tier: str = Field(max_length=40)
    to_tier: str = Field(max_length=40)
    effective_at: datetime = Field(sa_type=Moment)
    recorded_at: datetime = Field(sa_type=Moment)
    until: datetime | None = Field(default=None, sa_type=Moment)
    actor: str = Field(max_length=60)
    program_version: int = Field(foreign_key="program_version.id")
    reason: dict[str, Any] = Field(sa_type=JSON)


accounts = table_of(Account)
entries = table_of(LedgerEntry)
lots = table_of(Lot)
allocations = table_of(Allocation)
tier_changes = table_of(TierChange)
