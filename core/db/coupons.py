"""Coupons and what happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of

ISSUED = "status = 'issued'"


class Coupon(SQLModel, table=True):
    """One member's coupon. status: issued, redeemed, void; that it lapsed is read off valid_until."""

    __table_args__ = (
        CheckConstraint("status IN ('issued', 'redeemed', 'void')", name="coupon_status"),
        Index("coupon_member", "member_id", "status", "valid_until"),
        Index("coupon_template", "template", "member_id"),
        Index("coupon_lapsing", "valid_until", sqlite_where=text(ISSUED), postgresql_where=text(ISSUED)),
    )

    id: int | None = row_id()
    code: str = Field(unique=True, max_length=32)
    template: str = Field(max_length=40)
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    status: str = Field(default="issued", max_length=10)
    source: str = Field(max_length=160)  # offer:…, reward:…, birthday:2026, staff:…
    issued_at: datetime = Field(sa_type=Moment)
    valid_from: datetime = Field(sa_type=Moment)
    valid_until: datetime = Field(sa_type=Moment)  # exclusive
    program_version: int = Field(foreign_key="program_version.id")
    used_on: str | None = Field(default=None, max_length=100)  # the till's external_id
    discount: int | None = Field(default=None, sa_type=Big)


class CouponEvent(SQLModel, table=True):
    """kind: issued, redeemed, rolled_back, void, moved (its card was merged, or parted). Append-only."""

    __tablename__ = "coupon_event"

    id: int | None = row_id()
    coupon_id: int = Field(foreign_key="coupon.id", index=True, sa_type=Big)
    kind: str = Field(max_length=12)
    at: datetime = Field(sa_type=Moment)
    actor: str = Field(max_length=60)
    external_id: str | None = Field(default=None, max_length=100)
    detail: dict[str, Any] = Field(sa_type=JSON)


class Counter(SQLModel, table=True):
    """How many of a limited thing are gone: coupon:TEMPLATE, reward:ID, prize:DRAW:ID."""

    name: str = Field(primary_key=True, max_length=120)
    used: int = Field(default=0, sa_type=Big)


coupons = table_of(Coupon)
coupon_events = table_of(CouponEvent)
counters = table_of(Counter)
