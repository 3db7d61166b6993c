"""Campaigns: what staff want to say to whom and when, who agreed to it, and how far it has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of

NULLABLE_JSON = JSON(none_as_null=True)


class Campaign(SQLModel, table=True):
    """One message to many members, its deliveries have the source `campaign:ID` and the occasion `1`.

    status: draft              being written; any change brings it back here
            awaiting_approval  laid before a second person
            approved           by somebody else, word for word: approved_sha256 is the sha256 that was read
            launched           being planned (planned_at is null) and sent
            paused             held back, by a person or by the canary (paused_reason)
            cancelled, finished

    kind: promo or transactional. audience, schedule, contents, canary: as core.rules.campaigns has them. arms: the
    contents of an experiment and their shares in basis points. holdout: basis points. coupon: a template of the
    program, of which each recipient gets one of its own. sha256: of all that a second person agrees to.

    planned_to: members up to this id are planned. canary_left: how many more may be planned before it is seen how the
    first ones fare; null once that is known, or without a canary.
    """

    __table_args__ = (
        CheckConstraint("kind IN ('transactional', 'promo')", name="campaign_kind"),
        CheckConstraint(
            "status IN ('draft', 'awaiting_approval', 'approved', 'launched', 'paused', 'cancelled', 'finished')",
            name="campaign_status",
        ),
        CheckConstraint("holdout BETWEEN 0 AND 5000", name="campaign_holdout"),
    )

    id: int | None = row_id()
    name: str = Field(max_length=100)
    kind: str = Field(max_length=13)
    audience: dict[str, Any] = Field(sa_type=JSON)
    contents: list[dict[str, Any]] = Field(sa_type=JSON)
    arms: dict[str, int] = Field(sa_type=JSON)
    coupon: str | None = Field(default=None, max_length=40)
    schedule: dict[str, Any] = Field(sa_type=JSON)
    ends_at: datetime | None = Field(default=None, sa_type=Moment)
    holdout: int
    canary: dict[str, int] | None = Field(default=None, sa_type=NULLABLE_JSON)
    status: str = Field(max_length=20, index=True)
    sha256: str = Field(max_length=64)
    authors: list[str] = Field(sa_type=JSON)  # whoever had a hand in it cannot approve it
    drafted_by: str = Field(max_length=60)
    drafted_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    tests: int = 0  # how often it was sent as a test
    forecast: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE_JSON)  # the last one before launch
    asked_by: str | None = Field(default=None, max_length=60)
    asked_at: datetime | None = Field(default=None, sa_type=Moment)
    approved_by: str | None = Field(default=None, max_length=60)
    approved_at: datetime | None = Field(default=None, sa_type=Moment)
    approved_sha256: str | None = Field(default=None, max_length=64)
    launched_by: str | None = Field(default=None, max_length=60)
    launched_at: datetime | None = Field(default=None, sa_type=Moment)
    plan_from: datetime | None = Field(default=None, sa_type=Moment)  # when planning begins
    planned_to: int = Field(default=0, sa_type=Big)
    planned_at: datetime | None = Field(default=None, sa_type=Moment)  # when planning was done
    canary_left: int | None = None
    paused_reason: str | None = Field(default=None, max_length=40)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)  # cancelled or finished


class CampaignContent(SQLModel, table=True):
    """What a launched campaign says in one arm and language: a delivery's content_id says which arm it belongs to."""

    __tablename__ = "campaign_content"

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=Big)
    arm: str = Field(primary_key=True, max_length=20)
    language: str = Field(primary_key=True, max_length=10)
    content_id: int = Field(foreign_key="message_content.id", unique=True, sa_type=Big)


campaigns = table_of(Campaign)
campaign_contents = table_of(CampaignContent)
