"""What members got and drew of benefits that are counted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class BenefitMovement(SQLModel, table=True):
    """Append-only. kind: gift (for a rise to `tier`, negative when the rise is taken back), draw.

    daily, gift: what it adds to (or, negative, takes of) the day's and of gifts, in the benefit's unit. day: the
    business day.
    """

    __tablename__ = "benefit_movement"
    __table_args__ = (
        CheckConstraint("kind IN ('gift', 'draw')", name="benefit_movement_kind"),
        CheckConstraint("kind = 'gift' OR (daily <= 0 AND gift <= 0)", name="benefit_movement_draw"),
        Index("benefit_movement_member", "member_id", "benefit", "day"),
    )

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    benefit: str = Field(max_length=40)
    kind: str = Field(max_length=4)
    daily: int = Field(default=0, sa_type=Big)
    gift: int = Field(default=0, sa_type=Big)
    tier: str = Field(max_length=40)
    day: date
    at: datetime = Field(sa_type=Moment)
    actor: str = Field(max_length=60)
    idempotency_key: str = Field(max_length=200)
    program_version: int = Field(foreign_key="program_version.id")


benefit_movements = table_of(BenefitMovement)
