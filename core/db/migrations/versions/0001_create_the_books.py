"""Create the books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db.migrations import append_only

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("used", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "idempotency_record",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_idempotency_record_at"), "idempotency_record", ["at"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", BIG, nullable=False),
        sa.Column("card_number", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("birthday_md", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("store", sa.String(length=60), nullable=True),
        sa.Column("referrer_id", BIG, nullable=True),
        sa.Column("join_code", sa.String(length=64), nullable=False),
        sa.Column("invite_code", sa.String(length=16), nullable=False),
        sa.Column("style", sa.String(length=10), nullable=True),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("allow_offers", sa.Boolean(), nullable=False),
        sa.Column("allow_care", sa.Boolean(), nullable=False),
        sa.Column("allow_statement", sa.Boolean(), nullable=False),
        sa.Column("holder_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into", BIG, nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["referrer_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("card_number"),
        sa.UniqueConstraint("invite_code"),
        sa.UniqueConstraint("join_code"),
        sa.UniqueConstraint("phone"),
    )
    op.create_index(op.f("ix_member_birthday_md"), "member", ["birthday_md"], unique=False)
    op.create_index(
        "member_merged_into",
        "member",
        ["merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "member_merge",
        sa.Column("id", BIG, nullable=False),
        sa.Column("keep_id", BIG, nullable=False),
        sa.Column("other_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=60), nullable=True),
        sa.Column("undone_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["keep_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_member_merge_keep_id"), "member_merge", ["keep_id"], unique=False)
    op.create_index(op.f("ix_member_merge_other_id"), "member_merge", ["other_id"], unique=False)
    op.create_table(
        "member_trait",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.Column("alike", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "kind"),
    )
    op.create_index(
        "member_trait_alike",
        "member_trait",
        ["kind", "value", "member_id"],
        unique=False,
        sqlite_where=sa.text("alike"),
        postgresql_where=sa.text("alike"),
    )
    op.create_index("member_trait_value", "member_trait", ["kind", "value", "member_id"], unique=False)
    op.create_table(
        "message_content",
        sa.Column("id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("photo", sa.String(length=400), nullable=True),
        sa.Column("buttons", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "program_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=60), nullable=False),
        sa.Column("drafted_by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_program_version_effective_at"), "program_version", ["effective_at"], unique=False)
    op.create_table(
        "program_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["program_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sender",
        sa.Column("bot_id", BIG, autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=60), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("bot_id"),
    )
    op.create_table(
        "stopped_source",
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "telegram_update",
        sa.Column("id", BIG, nullable=False),
        sa.Column("update_id", BIG, nullable=False),
        sa.Column("chat_id", BIG, nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("update_id"),
    )
    op.create_index(op.f("ix_telegram_update_received_at"), "telegram_update", ["received_at"], unique=False)
    op.create_index(
        "telegram_update_open",
        "telegram_update",
        ["id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "account",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("balance", BIG, nullable=False),
        sa.Column("debt", BIG, nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("tier_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tier_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("last_purchase_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("debt >= 0", name="account_debt"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index(op.f("ix_account_next_due_at"), "account", ["next_due_at"], unique=False)
    op.create_table(
        "benefit_movement",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("benefit", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("daily", BIG, nullable=False),
        sa.Column("gift", BIG, nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("program_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('gift', 'draw')", name="benefit_movement_kind"),
        sa.CheckConstraint("kind = 'gift' OR (daily <= 0 AND gift <= 0)", name="benefit_movement_draw"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["program_version"],
            ["program_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("benefit_movement_member", "benefit_movement", ["member_id", "benefit", "day"], unique=False)
    op.create_table(
        "chat",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("member_id", BIG, nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("dialogue", sa.JSON(), nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("member_id"),
    )
    op.create_table(
        "check_in",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "day"),
    )
    op.create_table(
        "member_proof",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_member_proof_member_id"), "member_proof", ["member_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_consent_member_id"), "consent", ["member_id"], unique=False)
    op.create_table(
        "coupon",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_version", sa.Integer(), nullable=False),
        sa.Column("used_on", sa.String(length=100), nullable=True),
        sa.Column("discount", BIG, nullable=True),
        sa.CheckConstraint("status IN ('issued', 'redeemed', 'void')", name="coupon_status"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["program_version"],
            ["program_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("coupon_member", "coupon", ["member_id", "status", "valid_until"], unique=False)
    op.create_index("coupon_template", "coupon", ["template", "member_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=13), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("content_id", BIG, nullable=True),
        sa.Column("filling", sa.JSON(), nullable=True),
        sa.Column("photo", sa.String(length=400), nullable=True),
        sa.Column("buttons", sa.JSON(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.String(length=60), nullable=True),
        sa.Column("message_id", BIG, nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tapped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('transactional', 'care', 'promo')", name="delivery_kind"),
        sa.CheckConstraint("purpose IN ('membership', 'offers', 'care', 'statement')", name="delivery_purpose"),
        sa.CheckConstraint(
            "state IN ('planned', 'paused', 'sending', 'sent', 'blocked', 'suppressed', 'held_out', 'expired', "
            "'failed', 'in_doubt')",
            name="delivery_state",
        ),
        sa.CheckConstraint("(text IS NULL) <> (content_id IS NULL)", name="delivery_content"),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["message_content.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("member_id", "source", "occasion"),
    )
    op.create_index(
        "delivery_due",
        "delivery",
        ["kind", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "delivery_going",
        "delivery",
        ["sent_by"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index("delivery_source", "delivery", ["source", "state"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_feedback_member_id"), "feedback", ["member_id"], unique=False)
    op.create_table(
        "purchase",
        sa.Column("id", BIG, nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("store", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("tender", sa.JSON(), nullable=True),
        sa.Column("total", BIG, nullable=False),
        sa.Column("refunded", BIG, nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("program_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("total >= 0 AND refunded >= 0 AND refunded <= total", name="purchase_refunded"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["program_version"],
            ["program_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("external_id"),
    )
    op.create_index("purchase_member", "purchase", ["member_id", "occurred_at"], unique=False)
    op.create_table(
        "tier_change",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("from_tier", sa.String(length=40), nullable=False),
        sa.Column("to_tier", sa.String(length=40), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("program_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["program_version"],
            ["program_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_tier_change_member_id"), "tier_change", ["member_id"], unique=False)
    op.create_table(
        "coupon_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("coupon_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coupon_id"],
            ["coupon.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_coupon_event_coupon_id"), "coupon_event", ["coupon_id"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("program_version", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("purchase_id", BIG, nullable=True),
        sa.Column("corrects_id", BIG, nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("qualifies_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("qualifying_spend", BIG, nullable=False),
        sa.Column("qualifying_points", BIG, nullable=False),
        sa.Column("qualifying_more", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('accrual', 'bonus', 'redemption', 'expiry', 'reversal', 'adjustment')", name="ledger_entry_kind"
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["ledger_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["program_version"],
            ["program_version.id"],
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"],
            ["purchase.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_ledger_entry_corrects_id"), "ledger_entry", ["corrects_id"], unique=False)
    op.create_index(op.f("ix_ledger_entry_purchase_id"), "ledger_entry", ["purchase_id"], unique=False)
    op.create_index("ledger_entry_member", "ledger_entry", ["member_id", "id"], unique=False)
    op.create_index(
        "ledger_entry_qualifying",
        "ledger_entry",
        ["member_id", "qualifies_at", "qualifying_spend", "qualifying_points"],
        unique=False,
    )
    op.create_table(
        "purchase_delivery",
        sa.Column("purchase_id", BIG, nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_id"],
            ["purchase.id"],
        ),
        sa.PrimaryKeyConstraint("purchase_id"),
    )
    op.create_table(
        "purchase_line",
        sa.Column("purchase_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", BIG, nullable=False),
        sa.Column("regular_price", BIG, nullable=False),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0", name="purchase_line_amount"),
        sa.ForeignKeyConstraint(
            ["purchase_id"],
            ["purchase.id"],
        ),
        sa.PrimaryKeyConstraint("purchase_id", "number"),
    )
    op.create_table(
        "refund",
        sa.Column("id", BIG, nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("purchase_id", BIG, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("by_amount", BIG, nullable=False),
        sa.CheckConstraint("amount > 0 AND by_amount >= 0", name="refund_amount"),
        sa.ForeignKeyConstraint(
            ["purchase_id"],
            ["purchase.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("external_id"),
    )
    op.create_index(op.f("ix_refund_purchase_id"), "refund", ["purchase_id"], unique=False)
    op.create_table(
        "lot",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("remaining", BIG, nullable=False),
        sa.Column("activates_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("remaining >= 0 AND remaining <= points AND points > 0", name="lot_remaining"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_id"),
    )
    op.create_index(
        "lot_open",
        "lot",
        ["member_id", "expires_at"],
        unique=False,
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "refund_line",
        sa.Column("id", BIG, nullable=False),
        sa.Column("refund_id", BIG, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="refund_line"),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["refund.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("refund_id", "line_number"),
    )
    op.create_index(op.f("ix_refund_line_refund_id"), "refund_line", ["refund_id"], unique=False)
    op.create_table(
        "reward_order",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("reward", sa.String(length=81), nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("money", BIG, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetch_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("coupon_id", BIG, nullable=True),
        sa.CheckConstraint("status IN ('open', 'handed_over', 'cancelled')", name="reward_order_status"),
        sa.ForeignKeyConstraint(
            ["coupon_id"],
            ["coupon.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index(op.f("ix_reward_order_member_id"), "reward_order", ["member_id"], unique=False)
    op.create_table(
        "allocation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("lot_id", BIG, nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points <> 0", name="allocation_points"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["lot.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_allocation_entry_id"), "allocation", ["entry_id"], unique=False)
    op.create_index(op.f("ix_allocation_lot_id"), "allocation", ["lot_id"], unique=False)
    op.create_table(
        "stored_value_account",
        sa.Column("member_id", BIG, autoincrement=False, nullable=False),
        sa.Column("paid_in", BIG, nullable=False),
        sa.Column("bonus", BIG, nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("paid_in >= 0 AND bonus >= 0", name="stored_value_account_sums"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index(op.f("ix_stored_value_account_next_due_at"), "stored_value_account", ["next_due_at"], unique=False)
    op.create_table(
        "stored_value_entry",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("paid_in", BIG, nullable=False),
        sa.Column("bonus", BIG, nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("store", sa.String(length=60), nullable=True),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("program_version", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("corrects_id", BIG, nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('top_up', 'bonus', 'payment', 'refund', 'payout', 'reversal', 'expiry', 'adjustment')",
            name="stored_value_entry_kind",
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["stored_value_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["program_version"],
            ["program_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_stored_value_entry_corrects_id"), "stored_value_entry", ["corrects_id"], unique=False)
    op.create_index(op.f("ix_stored_value_entry_effective_at"), "stored_value_entry", ["effective_at"], unique=False)
    op.create_index("stored_value_entry_member", "stored_value_entry", ["member_id", "id"], unique=False)
    op.create_table(
        "stored_value_lot",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("money", sa.String(length=7), nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("remaining", BIG, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("remaining >= 0 AND remaining <= amount AND amount > 0", name="stored_value_lot_remaining"),
        sa.CheckConstraint("money IN ('paid_in', 'bonus')", name="stored_value_lot_money"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["stored_value_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_id"),
    )
    op.create_index(
        "stored_value_lot_open",
        "stored_value_lot",
        ["member_id"],
        unique=False,
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "stored_value_allocation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("lot_id", BIG, nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount <> 0", name="stored_value_allocation_amount"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["stored_value_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["stored_value_lot.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_stored_value_allocation_entry_id"), "stored_value_allocation", ["entry_id"], unique=False)
    op.create_index(op.f("ix_stored_value_allocation_lot_id"), "stored_value_allocation", ["lot_id"], unique=False)
    op.create_table(
        "prize_draw_round",
        sa.Column("id", BIG, nullable=False),
        sa.Column("draw", sa.String(length=40), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plays", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("prize_draw_round_number", "prize_draw_round", ["draw", "number"], unique=True)
    op.create_index(
        "prize_draw_round_open",
        "prize_draw_round",
        ["draw"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "prize_draw_play",
        sa.Column("id", BIG, nullable=False),
        sa.Column("round_id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("draw", sa.String(length=40), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticket", BIG, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("prize", sa.String(length=40), nullable=True),
        sa.Column("withheld", sa.String(length=40), nullable=True),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("program_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("withheld IS NULL OR prize IS NOT NULL", name="prize_draw_play_withheld"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["program_version"],
            ["program_version.id"],
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["prize_draw_round.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("prize_draw_play_number", "prize_draw_play", ["round_id", "number"], unique=True)
    op.create_index("prize_draw_play_member", "prize_draw_play", ["member_id", "draw", "at"], unique=False)
    op.create_index("prize_draw_play_prize", "prize_draw_play", ["draw", "prize"], unique=False)
    append_only.hold(
        "ledger_entry",
        "allocation",
        "tier_change",
        "consent",
        "coupon_event",
        "audit_log",
        "benefit_movement",
        "program_version",
        "stored_value_entry",
        "stored_value_allocation",
        "prize_draw_play",
    )
