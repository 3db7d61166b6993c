"""The second set of books, in money: accounts, entries, lots and the allocations between them, as for points."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class StoredValueAccount(SQLModel, table=True):
    """What a member holds, in minor units: sums that the entries prove. Writes take turns behind the member's row in
    `account`, as those of points do.

    next_due_at: when time alone next changes something here (a bonus lapses).
    """

    __tablename__ = "stored_value_account"
    __table_args__ = (CheckConstraint("paid_in >= 0 AND bonus >= 0", name="stored_value_account_sums"),)

    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Big)
    paid_in: int = Field(default=0, sa_type=Big)
    bonus: int = Field(default=0, sa_type=Big)
    next_due_at: datetime | None = Field(default=None, sa_type=Moment, index=True)


class StoredValueEntry(SQLModel, table=True):
    """Append-only (a trigger refuses update and delete).

    kind: top_up, bonus, payment, refund (of a payment), payout (of a top-up, to the member), reversal (of a top-up
    that was a mistake, or of a bonus), expiry, adjustment. paid_in, bonus: signed minor units of either money.
    corrects_id: the entry that is undone, or for a bonus its top-up. external_id: the till's own number.
    """

    __tablename__ = "stored_value_entry"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('top_up', 'bonus', 'payment', 'refund', 'payout', 'reversal', 'expiry', 'adjustment')",
            name="stored_value_entry_kind",
        ),
        Index("stored_value_entry_member", "member_id", "id"),
    )

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    kind: str = Field(max_length=12)
    paid_in: int = Field(default=0, sa_type=Big)
    bonus: int = Field(default=0, sa_type=Big)
    effective_at: datetime = Field(sa_type=Moment, index=True)
    recorded_at: datetime = Field(sa_type=Moment)
    actor: str = Field(max_length=60)
    source: str = Field(max_length=160)  # what caused it: top_up:…, payment:…, refund:…, take_back:…, expiry:…
    store: str | None = Field(default=None, max_length=60)
    external_id: str | None = Field(default=None, max_length=100)
    idempotency_key: str = Field(max_length=200)
    program_version: int = Field(foreign_key="program_version.id")
    rule: str = Field(max_length=60)
    explanation: dict[str, Any] = Field(sa_type=JSON)
    corrects_id: int | None = Field(default=None, foreign_key="stored_value_entry.id", index=True, sa_type=Big)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)


class StoredValueLot(SQLModel, table=True):
    """The money of one top-up or one bonus, spendable to before expires_at."""

    __tablename__ = "stored_value_lot"
    __table_args__ = (
        CheckConstraint("remaining >= 0 AND remaining <= amount AND amount > 0", name="stored_value_lot_remaining"),
        CheckConstraint("money IN ('paid_in', 'bonus')", name="stored_value_lot_money"),
        Index(
            "stored_value_lot_open",
            "member_id",
            sqlite_where=text("remaining > 0"),
            postgresql_where=text("remaining > 0"),
        ),
    )

    id: int | None = row_id()
    entry_id: int = Field(foreign_key="stored_value_entry.id", unique=True, sa_type=Big)
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    money: str = Field(max_length=7)
    amount: int = Field(sa_type=Big)
    remaining: int = Field(sa_type=Big)
    expires_at: datetime = Field(sa_type=Moment)


class StoredValueAllocation(SQLModel, table=True):
    """Money of a lot that an entry took (positive) or gave back (negative). Append-only."""

    __tablename__ = "stored_value_allocation"
    __table_args__ = (CheckConstraint("amount <> 0", name="stored_value_allocation_amount"),)

    id: int | None = row_id()
    lot_id: int = Field(foreign_key="stored_value_lot.id", index=True, sa_type=Big)
    entry_id: int = Field(foreign_key="stored_value_entry.id", index=True, sa_type=Big)
    amount: int = Field(sa_type=Big)
    at: datetime = Field(sa_type=Moment)


accounts = table_of(StoredValueAccount)
entries = table_of(StoredValueEntry)
lots = table_of(StoredValueLot)
allocations = table_of(StoredValueAllocation)
