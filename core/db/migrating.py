"""Brings a database to today's tables. `python -m core.db.migrating "what changes"` drafts the next migration."""

from __future__ import annotations

import sys
from tempfile import TemporaryDirectory
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core.db.database import Database
from core.db.revisions import MIGRATIONS, head
from core.db.tables import metadata

UPGRADE_LOCK = 7_305_100  # any number, the same in every process: who starts second waits for who migrates


class NewerDatabase(Exception):
    """The database was migrated by a later release of Regulars than this one."""


def upgrade(database: Database) -> None:
    """Run every migration that is still missing, all in one transaction. Safe to call at every start.

    NewerDatabase when the database is ahead of this code; DatabaseUnavailable when it is locked or gone.
    """
    with database.write() as session:
        connection = session.connection()
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is not None and revision not in _known():
            raise NewerDatabase(revision)
        if revision != head():
            command.upgrade(_config(connection), "head")


def differences(database: Database) -> list[Any]:
    """What the database has otherwise than the tables in core.db.tables say; empty when they agree."""
    with database.read() as session:
        return list(compare_metadata(MigrationContext.configure(session.connection()), metadata))


def draft(message: str) -> None:
    """Write the migration from the newest one's tables to today's into core/db/migrations/versions."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/draft.db")
        upgrade(database)
        with database.write() as session:
            number = f"{len(_known()) + 1:04}"
            command.revision(_config(session.connection()), message, autogenerate=True, rev_id=number)
        database.dispose()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


if __name__ == "__main__":
    draft(" ".join(sys.argv[1:]) or "change the tables")
