"""Close dormant members; keep the clock of a demo."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _know_who_is_closed()
    _keep_moved_clocks()
    _let_the_shop_be_quiet()
    _know_who_moved()
    _know_where_messages_are()


def _know_who_is_closed() -> None:
    op.add_column("member", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("member", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))


def _keep_moved_clocks() -> None:
    op.create_table(
        "moved_clock",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("ahead_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ahead_s >= 0", name="moved_clock_ahead"),
        sa.PrimaryKeyConstraint("id"),
    )


def _let_the_shop_be_quiet() -> None:
    op.add_column("member", sa.Column("never_quiet", sa.Boolean(), server_default=sa.false(), nullable=False))


def _know_who_moved() -> None:
    op.add_column("member", sa.Column("zone_before", sa.String(64), nullable=True))
    op.add_column("member", sa.Column("zone_since", sa.DateTime(timezone=True), nullable=True))
    known = sa.text("zone_since IS NOT NULL")
    op.create_index("member_zone_since", "member", ["zone_since"], sqlite_where=known, postgresql_where=known)


def _know_where_messages_are() -> None:
    """Of campaigns' messages, which may be amended: in the member's chat, where as far as the tables tell nobody else
    got the card or the chat since they left."""
    op.add_column("delivery", sa.Column("chat_id", BIG, nullable=True))
    op.execute("""
        UPDATE delivery SET chat_id = (
            SELECT chat.id FROM chat JOIN member ON member.id = chat.member_id
            WHERE member.id = delivery.member_id
              AND (member.holder_since IS NULL OR member.holder_since <= delivery.left_at)
              AND NOT EXISTS (
                SELECT 1 FROM member_merge
                WHERE (keep_id = member.id OR other_id = member.id)
                  AND (at >= delivery.left_at OR undone_at >= delivery.left_at)
              )
        )
        WHERE left_at IS NOT NULL AND occasion = '1' AND source LIKE 'campaign:%'
    """)
