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
    _add_goal_sums()
    _add_idle_lots()
    _create_campaigns()
    _create_amendments()
    _create_ticks()
    _create_mutes()
    _create_lanes()
    _share_the_rate()
    _create_facts()
    _create_what_keeps_facts()
    _create_segments()
    _create_journeys()
    _create_staff()
    _create_photos()


def _add_member_columns() -> None:
    op.add_column("member", sa.Column("zone", sa.String(length=64), nullable=True))
    op.add_column("member", sa.Column("city", sa.String(length=60), nullable=True))
    own = sa.text("zone IS NOT NULL")
    op.create_index("member_zone", "member", ["zone"], unique=False, sqlite_where=own, postgresql_where=own)


def _add_goal_sums() -> None:
    op.add_column("account", sa.Column("goal_sums", sa.JSON(), nullable=True))


def _add_idle_lots() -> None:
    op.add_column("lot", sa.Column("idle_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lot", sa.Column("idle_version", sa.Integer(), nullable=True))
    idle = sa.text("idle_version IS NOT NULL")
    op.create_index(
        "lot_idle", "lot", ["member_id", "expires_at"], unique=False, sqlite_where=idle, postgresql_where=idle
    )


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


def _create_amendments() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "amendment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("approved_by", sa.String(length=60), nullable=True),
        sa.Column("begun_at", moment, nullable=True),
        sa.Column("planned_to", BIG, nullable=False),
        sa.Column("plan_until", BIG, nullable=False),
        sa.CheckConstraint("kind IN ('edit', 'recall')", name="amendment_kind"),
        sa.CheckConstraint(
            "status IN ('awaiting_approval', 'planning', 'planned', 'withdrawn')", name="amendment_status"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("amendment_source", "amendment", ["source", "id"], unique=False)
    _create_partial_index("amendment_open", "amendment", ["id"], "status = 'planning'")
    op.create_table(
        "amended_message",
        sa.Column("id", BIG, nullable=False),
        sa.Column("amendment_id", BIG, nullable=False),
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.String(length=60), nullable=True),
        sa.Column("left_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'sending', 'done', 'blocked', 'failed', 'in_doubt', 'replaced')",
            name="amended_message_state",
        ),
        sa.ForeignKeyConstraint(["amendment_id"], ["amendment.id"]),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("delivery_id", "amendment_id"),
    )
    _create_partial_index("amended_message_due", "amended_message", ["due_at", "id"], "state = 'planned'")
    _create_partial_index("amended_message_going", "amended_message", ["sent_by"], "state = 'sending'")
    op.create_index("amended_message_amendment", "amended_message", ["amendment_id", "state"], unique=False)
    op.create_table(
        "delivery_tap",
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("button", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.PrimaryKeyConstraint("delivery_id", "button"),
    )


def _create_partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )  # fmt: skip


def _create_ticks() -> None:
    op.create_table(
        "scheduler",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=60), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "tick_run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("tick", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("holder", sa.String(length=60), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="tick_run_state"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tick", "slot"),
    )
    op.create_index(op.f("ix_tick_run_started_at"), "tick_run", ["started_at"], unique=False)
    op.create_table(
        "tick_skip",
        sa.Column("tick", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tick", "slot", "reason"),
    )


def _create_mutes() -> None:
    op.add_column("delivery", sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "mute",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("member_id", "kind"),
    )


def _create_lanes() -> None:
    op.execute("UPDATE telegram_update SET chat_id = 0 WHERE chat_id IS NULL")
    op.add_column("telegram_update", sa.Column("pressed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("telegram_update", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    still_open = sa.text("done_at IS NULL")
    op.create_index(
        "telegram_update_of_chat",
        "telegram_update",
        ["chat_id", "update_id"],
        unique=False,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "lane",
        sa.Column("chat_id", BIG, autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=60), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_id"),
    )
    op.create_index(op.f("ix_lane_holder"), "lane", ["holder"], unique=False)


def _create_facts() -> None:
    op.create_table(
        "member_fact",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("balance", BIG, nullable=False),
        sa.Column("allow_offers", sa.Boolean(), nullable=False),
        sa.Column("has_chat", sa.Boolean(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("recency", sa.Integer(), nullable=True),
        sa.Column("frequency", sa.Integer(), nullable=True),
        sa.Column("monetary", sa.Integer(), nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("spend", BIG, nullable=False),
        sa.Column("purchases_30", sa.Integer(), nullable=False),
        sa.Column("spend_30", BIG, nullable=False),
        sa.Column("purchases_90", sa.Integer(), nullable=False),
        sa.Column("spend_90", BIG, nullable=False),
        sa.Column("purchases_180", sa.Integer(), nullable=False),
        sa.Column("spend_180", BIG, nullable=False),
        sa.Column("purchases_365", sa.Integer(), nullable=False),
        sa.Column("spend_365", BIG, nullable=False),
        sa.Column("qualifying_spend", BIG, nullable=False),
        sa.Column("qualifying_points", BIG, nullable=False),
        sa.Column("rhythm", sa.Integer(), nullable=True),
        sa.Column("birthday_month", sa.Integer(), nullable=True),
        sa.Column("allow_care", sa.Boolean(), nullable=False),
        sa.Column("allow_statement", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("style", sa.String(length=10), nullable=True),
        sa.Column("last_purchase_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_purchase_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("city", sa.String(length=60), nullable=True),
        sa.Column("store", sa.String(length=60), nullable=True),
        sa.Column("last_store", sa.String(length=60), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("member_id"),
    )


def _create_what_keeps_facts() -> None:
    op.create_table(
        "member_category",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("spend", BIG, nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("member_id", "category"),
    )
    op.create_table(
        "stale_member",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "fact_refresh",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("whole_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("cuts", sa.JSON(), nullable=False),
        sa.Column("rhythm", sa.Integer(), nullable=True),
        sa.CheckConstraint("id = 1", name="fact_refresh_one"),
        sa.PrimaryKeyConstraint("id"),
    )


def _create_segments() -> None:
    op.create_table(
        "member_tag",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("member_id", "tag"),
    )
    op.create_index("member_tag_tag", "member_tag", ["tag", "member_id"], unique=False)
    op.create_table(
        "segment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=60), nullable=False),
        sa.UniqueConstraint("name"),
        sa.CheckConstraint("filter IS NOT NULL OR frozen_at IS NOT NULL", name="segment_filter"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "segment_member",
        sa.Column("segment_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"]),
        sa.PrimaryKeyConstraint("segment_id", "member_id"),
    )
    op.create_index(op.f("ix_segment_member_member_id"), "segment_member", ["member_id"], unique=False)


def _create_journeys() -> None:
    op.create_table(
        "journey_mark",
        sa.Column("journey", sa.String(length=40), nullable=False),
        sa.Column("planned_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("journey"),
    )
    op.create_table(
        "journey_content",
        sa.Column("journey", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["content_id"], ["message_content.id"]),
        sa.PrimaryKeyConstraint("journey", "sha256"),
    )
    op.add_column("delivery", sa.Column("still", sa.JSON(), nullable=True))
    op.add_column("member", sa.Column("lunar_birthday_md", sa.Integer(), nullable=True))
    op.add_column("feedback", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("feedback", sa.Column("settled_by", sa.String(length=60), nullable=True))
    op.add_column("feedback", sa.Column("purchase_id", BIG, nullable=True))
    op.add_column("feedback", sa.Column("stars", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_member_lunar_birthday_md"), "member", ["lunar_birthday_md"], unique=False)
    op.create_index(op.f("ix_member_joined_at"), "member", ["joined_at"], unique=False)
    op.create_index(op.f("ix_feedback_settled_at"), "feedback", ["settled_at"], unique=False)
    op.create_index(op.f("ix_feedback_purchase_id"), "feedback", ["purchase_id"], unique=True)
    issued = sa.text("status = 'issued'")
    op.create_index(
        "coupon_lapsing", "coupon", ["valid_until"], unique=False, sqlite_where=issued, postgresql_where=issued
    )


def _create_staff() -> None:
    op.create_table(
        "staff_member",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("role", sa.String(length=5), nullable=False),
        sa.Column("chat_id", BIG, nullable=True),
        sa.Column("link_digest", sa.String(length=64), nullable=True),
        sa.Column("link_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('till', 'staff', 'admin')", name="staff_member_role"),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("chat_id"),
        sa.UniqueConstraint("link_digest"),
    )
    op.create_table(
        "staff_gift",
        sa.Column("id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("coupon", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('given', 'awaiting', 'refused')", name="staff_gift_state"),
        sa.CheckConstraint("(points IS NULL) <> (coupon IS NULL)", name="staff_gift_what"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_member.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("staff_gift_by", "staff_gift", ["staff_id", "at"], unique=False)
    op.create_table(
        "staff_notice",
        sa.Column("id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("message_id", BIG, nullable=True),
        sa.Column("shown", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("staff_notice_about", "staff_notice", ["staff_id", "about"], unique=True)
    op.create_index(
        "staff_notice_open",
        "staff_notice",
        ["held_until"],
        unique=False,
        sqlite_where=sa.text("NOT settled"),
        postgresql_where=sa.text("NOT settled"),
    )


def _create_photos() -> None:
    op.create_table(
        "photo",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=10), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(length=60), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("media_type IN ('image/jpeg', 'image/png')", name="photo_media_type"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "photo_file",
        sa.Column("photo_id", BIG, nullable=False),
        sa.Column("bot_id", BIG, nullable=False),
        sa.Column("file_id", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"]),
        sa.PrimaryKeyConstraint("photo_id", "bot_id"),
    )


def _share_the_rate() -> None:
    op.add_column("sender", sa.Column("busy_by", sa.String(length=60), nullable=True))
    op.add_column("sender", sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sender", sa.Column("headroom", sa.Integer(), nullable=True))
    op.add_column("sender", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "replier",
        sa.Column("bot_id", BIG, autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=60), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "holder"),
    )
