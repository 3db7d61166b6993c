"""Which tables a database has, and which ones this release works with."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from core.db.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def head() -> str:
    """The revision that this code works with: the number that the newest migration's file begins with."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def revision_of(database: Database) -> str | None:
    """The revision the database is at; None when it was never migrated."""
    with database.read() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found: str | None = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
