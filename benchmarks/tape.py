"""What a service has its database driver do, recorded, and played again on a driver with nothing above it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url


@dataclass(frozen=True, slots=True)
class Step:
    """A statement with its parameters as the driver got them; an empty one is the commit."""

    sql: Any = ""
    parameters: Any = ()
    many: bool = False


@dataclass
class Tape:
    """The steps since `take` was last called."""

    steps: list[Step] = field(default_factory=list)

    def take(self) -> list[Step]:
        taken, self.steps = self.steps, []
        return taken


def record(engine: Engine) -> Tape:
    """Every connection that the engine opens from now on writes its statements and commits to the tape."""
    tape = Tape()

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        if dialect.name == "sqlite":
            return sqlite3.connect(*arguments, **options, factory=_sqlite_connection(tape))
        connection = _postgresql_connection(tape).connect(*arguments, **options)
        connection.cursor_factory = _postgresql_cursor(tape)
        return connection

    return tape


class Player:
    """A bare connection, set up as the product sets up its own."""

    def __init__(self, url: str) -> None:
        made = make_url(url)
        if made.get_backend_name() == "sqlite":
            self._connection: Any = sqlite3.connect(made.database or "", isolation_level=None)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {pragma}")
        else:
            plain = made.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(plain, options="-c timezone=UTC")

    def play(self, steps: list[Step]) -> None:
        """Rows that a statement gives are fetched."""
        for step in steps:
            if not step.sql:
                self._connection.commit()
                continue
            cursor = self._connection.cursor()
            if step.many:
                cursor.executemany(step.sql, step.parameters)
            else:
                cursor.execute(step.sql, step.parameters)
            if cursor.description:
                cursor.fetchall()

    def close(self) -> None:
        self._connection.close()


def _sqlite_connection(tape: Tape) -> type[sqlite3.Connection]:
    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
            tape.steps.append(Step(sql, parameters))
            return super().execute(sql, parameters)

        def executemany(self, sql: str, parameters: Any, /) -> Cursor:
            tape.steps.append(Step(sql, parameters, many=True))
            return super().executemany(sql, parameters)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            tape.steps.append(Step())
            super().commit()

    return Connection


def _postgresql_connection(tape: Tape) -> type[psycopg.Connection[Any]]:
    class Connection(psycopg.Connection[Any]):
        def commit(self) -> None:
            tape.steps.append(Step())
            super().commit()

    return Connection


def _postgresql_cursor(tape: Tape) -> type[psycopg.Cursor[Any]]:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            if not self.connection.autocommit:  # else it is the pool, asking whether the connection still stands
                tape.steps.append(Step(query, params))
            return super().execute(query, params, **options)

        def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
            tape.steps.append(Step(query, params_seq, many=True))
            super().executemany(query, params_seq, **options)

    return Cursor
