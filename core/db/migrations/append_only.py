"""Triggers that let a table be added to and never be changed. Migrations that have shipped stand on this file."""

from __future__ import annotations

from alembic import op

POSTGRESQL_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: write a correcting row instead of changing one', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""


def hold(*tables: str) -> None:
    """Refuse UPDATE and DELETE (on PostgreSQL also TRUNCATE) on these tables."""
    if op.get_bind().dialect.name == "sqlite":
        for table in tables:
            _on_sqlite(table)
    else:
        op.execute(POSTGRESQL_FUNCTION)
        for table in tables:
            _on_postgresql(table)


def _on_sqlite(table: str) -> None:
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change} BEFORE {change.upper()} ON {table} BEGIN "
            f"SELECT RAISE(ABORT, '{table} is append-only: write a correcting row instead of changing one'); END"
        )


def _on_postgresql(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
