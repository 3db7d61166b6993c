"""Run by Alembic: migrates the connection that `core.db.migrating` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from core.db.tables import metadata
from core.db.types import Big, Moment


def render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Plain SQLAlchemy types, so that an old migration never depends on today's code."""
    if kind != "type":
        return False
    if item is Big:
        return "BIG"
    if isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if type(item).__name__ == "AutoString":
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render,
    transactional_ddl=True,  # SQLite as well: core.db.database begins transactions by itself
)
with context.begin_transaction():
    context.run_migrations()
