"""The demo's own database: made anew when asked for, or when its tables are of another release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, inspect, literal, select

from core.db.database import Database
from core.db.idempotency import idempotency_records
from core.db.ledger import entries
from core.db.members import members
from core.db.migrating import differences, upgrade
from core.db.programs import program_drafts, program_versions
from core.db.staff import api_keys, staff_members
from core.services.moved_clock import MARK

DEFAULT_URL = "sqlite:///var/demo.db"
SHOPS_OWN = (members, api_keys, staff_members, program_versions, program_drafts)
"""Whoever has any of these has a shop."""


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
    if not _of_the_demo(database):
        database.dispose()
        raise NotTheDemos(_foreign(database.url.render_as_string()))
    upgrade(database)
    return database


def last_recorded(database: Database) -> datetime:
    """When the books were last written to: the demo's clock, which can be moved ahead, never starts before that."""
    with database.read() as session:
        at = session.execute(select(func.max(entries.c.recorded_at))).scalar()
    return at or datetime.min.replace(tzinfo=UTC)


def _outdated(database: Database) -> bool:
    return _has_tables(database.engine) and bool(differences(database))


def _of_the_demo(database: Database) -> bool:
    """It bears the demo's mark, or nothing of a shop is in it. Its tables may be of any release."""
    with database.read() as session:
        there = inspect(session.connection()).get_table_names()
        mark = select(idempotency_records.c.key).where(idempotency_records.c.key == MARK)
        if idempotency_records.name in there and session.execute(mark).first() is not None:
            return True
        held = [select(literal(1)).select_from(each).limit(1) for each in SHOPS_OWN if each.name in there]
        return all(session.execute(each).first() is None for each in held)


def _has_tables(engine: Engine) -> bool:
    return inspect(engine).has_table(members.name)


def _foreign(name: str) -> str:
    return f"{name} holds a shop that is not the demo's; set REGULARS_DATABASE_URL to another database, or unset it"
