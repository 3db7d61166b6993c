"""Reach members: facts, segments, campaigns, care."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _add_member_columns()


def _add_member_columns() -> None:
    op.add_column("member", sa.Column("zone", sa.String(length=64), nullable=True))
    op.add_column("member", sa.Column("city", sa.String(length=60), nullable=True))
