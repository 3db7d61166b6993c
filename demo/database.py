"""The demo's own database: made anew when asked for, or when its tables are of another release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, inspect, select

from core.db.database import Database
from core.db.idempotency import idempotency_records
from core.db.ledger import entries
from core.db.members import members
from core.db.migrating import differences, upgrade

DEFAULT_URL = "sqlite:///var/demo.db"
ANCHOR = "demo:anchor"


class NotTheDemos(Exception):
    """The database cannot be used for the demo: what is wrong and how to mend it. It was left alone."""


def open_database(url: str, *, own: bool, fresh: bool, busy_timeout_s: int) -> Database:
    """own: the file is the demo's by its very name, so that it may be thrown away.

    Raises NotTheDemos, DatabaseUnavailable.
    """
    database = Database(url, busy_timeout_s=busy_timeout_s)
    if fresh or (own and _outdated(database)):
        file = database.url.database
        database.dispose()
        if not database.is_sqlite or not file:
            raise NotTheDemos("--fresh makes a new SQLite file; empty this database by its own means, then start again")
        if not own and not _of_the_demo(Database(url, busy_timeout_s=busy_timeout_s)):
            raise NotTheDemos(_foreign(file))
        for suffix in ("", "-wal", "-shm"):
            Path(file + suffix).unlink(missing_ok=True)
        database = Database(url, busy_timeout_s=busy_timeout_s)
    upgrade(database)
    if not _of_the_demo(database):
        database.dispose()
        raise NotTheDemos(_foreign(str(database.url.render_as_string())))
    return database


def last_recorded(database: Database) -> datetime:
    """When the books were last written to: the demo's clock, which can be moved ahead, never starts before that."""
    with database.read() as session:
        at = session.execute(select(func.max(entries.c.recorded_at))).scalar()
    return at or datetime.min.replace(tzinfo=UTC)


def _outdated(database: Database) -> bool:
    return _has_tables(database.engine) and bool(differences(database))


def _of_the_demo(database: Database) -> bool:
    """It was filled by the demo, or has nobody in it."""
    if not _has_tables(database.engine):
        return True
    with database.read() as session:
        anchored = session.execute(select(idempotency_records.c.key).where(idempotency_records.c.key == ANCHOR)).first()
        return anchored is not None or session.execute(select(members.c.id).limit(1)).first() is None


def _has_tables(engine: Engine) -> bool:
    return inspect(engine).has_table(members.name)


def _foreign(name: str) -> str:
    return f"{name} holds members that are not the demo's; set REGULARS_DATABASE_URL to another database, or unset it"
