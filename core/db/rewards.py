"""Rewards that members took."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class RewardOrder(SQLModel, table=True):
    """A reward paid with points, or goods that were won. status: open (to be fetched), handed_over, cancelled.
    money: due at the till. reward: its id; of goods that were won, the prize draw's and the prize's: `spring:mug`."""

    __tablename__ = "reward_order"
    __table_args__ = (CheckConstraint("status IN ('open', 'handed_over', 'cancelled')", name="reward_order_status"),)

    id: int | None = row_id()
    code: str = Field(unique=True, max_length=32)
    member_id: int = Field(foreign_key="member.id", index=True, sa_type=Big)
    reward: str = Field(max_length=81)
    points: int = Field(sa_type=Big)
    money: int = Field(sa_type=Big)
    status: str = Field(default="open", max_length=12)
    at: datetime = Field(sa_type=Moment)
    fetch_until: datetime = Field(sa_type=Moment)
    entry_id: int = Field(foreign_key="ledger_entry.id", sa_type=Big)
    coupon_id: int | None = Field(default=None, foreign_key="coupon.id", sa_type=Big)


reward_orders = table_of(RewardOrder)
