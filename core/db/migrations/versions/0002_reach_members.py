"""Reach members: facts, segments, campaigns, care."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _add_member_columns()
    _create_campaigns()


def _add_member_columns() -> None:
    op.add_column("member", sa.Column("zone", sa.String(length=64), nullable=True))
    op.add_column("member", sa.Column("city", sa.String(length=60), nullable=True))


def _create_campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=13), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("contents", sa.JSON(), nullable=False),
        sa.Column("arms", sa.JSON(), nullable=False),
        sa.Column("coupon", sa.String(length=40), nullable=True),
        sa.Column("schedule", sa.JSON(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holdout", sa.Integer(), nullable=False),
        sa.Column("canary", sa.JSON(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("drafted_by", sa.String(length=60), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tests", sa.Integer(), nullable=False),
        sa.Column("forecast", sa.JSON(), nullable=True),
        *_campaign_steps(),
        sa.Column("plan_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_to", BIG, nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("canary_left", sa.Integer(), nullable=True),
        sa.Column("paused_reason", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('transactional', 'promo')", name="campaign_kind"),
        sa.CheckConstraint(
            "status IN ('draft', 'awaiting_approval', 'approved', 'launched', 'paused', 'cancelled', 'finished')",
            name="campaign_status",
        ),
        sa.CheckConstraint("holdout BETWEEN 0 AND 5000", name="campaign_holdout"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_campaign_status"), "campaign", ["status"], unique=False)
    op.create_table(
        "campaign_content",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("arm", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("content_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"]),
        sa.ForeignKeyConstraint(["content_id"], ["message_content.id"]),
        sa.PrimaryKeyConstraint("campaign_id", "arm", "language"),
        sa.UniqueConstraint("content_id"),
    )


def _campaign_steps() -> list[sa.Column[Any]]:
    """Who asked, who agreed to what, who launched."""
    return [
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=60), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_sha256", sa.String(length=64), nullable=True),
        sa.Column("launched_by", sa.String(length=60), nullable=True),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
    ]
