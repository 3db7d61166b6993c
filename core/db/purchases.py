"""Purchases, their lines and their refunds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class Purchase(SQLModel, table=True):
    """A till's purchase. tier: the one it was judged with. total, refunded: minor units."""

    __table_args__ = (
        CheckConstraint("total >= 0 AND refunded >= 0 AND refunded <= total", name="purchase_refunded"),
        Index("purchase_member", "member_id", "occurred_at"),
    )

    id: int | None = row_id()
    external_id: str = Field(unique=True, max_length=100)
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    occurred_at: datetime = Field(sa_type=Moment)
    recorded_at: datetime = Field(sa_type=Moment)
    store: str = Field(max_length=60)
    channel: str = Field(max_length=40)
    tender: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    total: int = Field(sa_type=Big)
    refunded: int = Field(default=0, sa_type=Big)
    tier: str = Field(max_length=40)
    program_version: int = Field(foreign_key="program_version.id")


class PurchaseLine(SQLModel, table=True):
    """number: place in the purchase, from 1. Prices in minor units."""

    __tablename__ = "purchase_line"
    __table_args__ = (CheckConstraint("quantity > 0 AND unit_price >= 0", name="purchase_line_amount"),)

    purchase_id: int = Field(primary_key=True, foreign_key="purchase.id", sa_type=Big)
    number: int = Field(primary_key=True)
    sku: str = Field(max_length=60)
    category: str = Field(max_length=120)
    quantity: int
    unit_price: int = Field(sa_type=Big)
    regular_price: int = Field(sa_type=Big)


class Refund(SQLModel, table=True):
    """amount: all of it in minor units; by_amount: the part of it that names no line."""

    __table_args__ = (CheckConstraint("amount > 0 AND by_amount >= 0", name="refund_amount"),)

    id: int | None = row_id()
    external_id: str = Field(unique=True, max_length=100)
    purchase_id: int = Field(foreign_key="purchase.id", index=True, sa_type=Big)
    recorded_at: datetime = Field(sa_type=Moment)
    amount: int = Field(sa_type=Big)
    by_amount: int = Field(default=0, sa_type=Big)


class RefundLine(SQLModel, table=True):
    """How many of a purchase's line came back."""

    __tablename__ = "refund_line"
    __table_args__ = (UniqueConstraint("refund_id", "line_number"), CheckConstraint("quantity > 0", name="refund_line"))

    id: int | None = row_id()
    refund_id: int = Field(foreign_key="refund.id", index=True, sa_type=Big)
    line_number: int
    quantity: int


class PurchaseDelivery(SQLModel, table=True):
    """That a purchase's goods have arrived, as a till reported it once."""

    __tablename__ = "purchase_delivery"

    purchase_id: int = Field(primary_key=True, foreign_key="purchase.id", sa_type=Big)
    delivered_at: datetime = Field(sa_type=Moment)
    recorded_at: datetime = Field(sa_type=Moment)


purchases = table_of(Purchase)
purchase_deliveries = table_of(PurchaseDelivery)
purchase_lines = table_of(PurchaseLine)
refunds = table_of(Refund)
refund_lines = table_of(RefundLine)
