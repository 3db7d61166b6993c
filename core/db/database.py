"""The database and the unit of work: one transaction a service, committed once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from core.db.prepared import failure


class DatabaseUnavailable(Exception):
    """The database is locked by somebody else, or gone. Nothing was written; the same call may be made again."""


SNAPSHOT = "REPEATABLE READ"
"""What PostgreSQL calls it; otherwise every statement sees another moment."""

IDLE_READERS = 4
"""Fewer than the pool has connections, so that these never keep anybody waiting."""


class Database:
    """SQLite (write-ahead log, every commit on disk) or PostgreSQL."""

    def __init__(self, url: str, *, busy_timeout_s: int = 10) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url, busy_timeout_s) if self.is_sqlite else _postgresql(url, busy_timeout_s)
        self._writing = self.engine.execution_options(regulars_writes=True)
        self._reading = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level=SNAPSHOT)
        self._idle: list[_Reading] = []
        self._turn = _Turn(busy_timeout_s) if self.is_sqlite else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that takes the write lock at once, commits at the end and rolls back on any exception."""
        with (
            _unavailable(),
            self._turn,
            self._writing.begin() as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session

    @contextmanager
    def trial(self) -> Iterator[Session]:
        """A transaction as of write() that is rolled back at the end."""
        with suppress(_Over), self.write() as session:
            yield session
            raise _Over

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot: everything is as it was at the first statement."""
        with _unavailable():
            session = self._reader()
            try:
                yield session
                session.rest()
            except BaseException:
                session.end()
                raise
            self._put_by(session)

    def _reader(self) -> _Reading:
        try:
            return self._idle.pop()
        except IndexError:
            return _Reading(self._reading.connect())

    def _put_by(self, session: _Reading) -> None:
        """Keep a few for the next readers: opening one takes 50 µs, as long as two statements. Not on PostgreSQL, whose
        connections the pool must try before they are used again."""
        if self.is_sqlite and len(self._idle) < IDLE_READERS:
            self._idle.append(session)
        else:
            session.end()

    def dispose(self) -> None:
        while self._idle:
            self._idle.pop().end()
        self.engine.dispose()


class _Over(Exception):
    """The end of a trial."""


class _Reading(Session):
    """rollback() lets go of the snapshot: the next statement sees what was committed meanwhile."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, expire_on_commit=False)
        self._snapshot = connection

    def rollback(self) -> None:
        super().rollback()
        self._snapshot.rollback()

    def rest(self) -> None:
        """As new: nothing known, no snapshot."""
        self.close()
        self._snapshot.rollback()

    def end(self) -> None:
        self.close()
        self._snapshot.close()


class _Turn:
    """One writer of this process at a time: waiting here is fairer than SQLite's own polling for its lock."""

    def __init__(self, timeout_s: int) -> None:
        self._lock, self._timeout_s = threading.Lock(), timeout_s

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._timeout_s):
            raise DatabaseUnavailable("database is locked")

    def __exit__(self, *_error: object) -> None:
        self._lock.release()


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable("every connection is busy") from error
    except OperationalError as error:
        if "no such" in str(error.orig):  # a missing table or column: SQLite's word for a schema that was not migrated
            raise
        raise DatabaseUnavailable(str(error.orig)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable(str(error.orig)) from error
        raise


_JSON: dict[str, Any] = {"json_serializer": lambda value: to_json(value).decode(), "json_deserializer": from_json}


def _sqlite(url: str, busy_timeout_s: int) -> Engine:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": busy_timeout_s}, **_JSON)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("regulars_writes", False)
        sql = "BEGIN IMMEDIATE" if writes else "BEGIN"
        try:
            connection.connection.cursor().execute(sql)
        except sqlite3.Error as error:
            raise failure(error, connection, sql, ()) from error

    return engine


def _postgresql(url: str, busy_timeout_s: int) -> Engine:
    options = f"-c lock_timeout={busy_timeout_s * 1000} -c timezone=UTC"
    return create_engine(
        url, pool_size=8, max_overflow=8, pool_pre_ping=True, connect_args={"options": options}, **_JSON
    )
