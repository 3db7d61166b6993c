"""Statements of the hot paths: compiled once, then handed to the driver as they are.

SQLAlchemy writes the SQL and converts the values. What it does around every execution (cache keys, contexts, events,
result objects) takes several times as long as the driver itself, and is left out: docs/benchmarks.md has the figures.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

Values = Mapping[str, Any]
Convert = Callable[[Any], Any] | None


class Prepared:
    """One statement with its parameters by name. Inserts and updates write the columns that their values name.

    Rows come back as named tuples. Errors are SQLAlchemy's, as from any other statement.
    """

    def __init__(self, statement: Select[Any] | Insert | Update) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def all(self, session: Session, values: Values) -> list[Any]:
        connection = _connection(session)
        compiled = self._for(connection.dialect, values)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.sql, compiled.bound(values))
            return [compiled.row(row) for row in cursor.fetchall()]
        except connection.dialect.loaded_dbapi.Error as error:
            raise failure(error, connection, compiled.sql, values) from error
        finally:
            cursor.close()

    def one_or_none(self, session: Session, values: Values) -> Any:
        """The only row, or None where there is none."""
        rows = self.all(session, values)
        assert len(rows) < 2, self._statement
        return rows[0] if rows else None

    def scalar(self, session: Session, values: Values) -> Any:
        """The only row's first column, or None where there is no row."""
        row = self.one_or_none(session, values)
        return None if row is None else row[0]

    def run(self, session: Session, *many: Values) -> None:
        """Once for each of the values, all of which name the same columns."""
        if not many:
            return
        connection = _connection(session)
        compiled = self._for(connection.dialect, many[0])
        cursor = connection.connection.cursor()
        try:
            if len(many) == 1:
                cursor.execute(compiled.sql, compiled.bound(many[0]))
            else:
                cursor.executemany(compiled.sql, [compiled.bound(values) for values in many])
        except connection.dialect.loaded_dbapi.Error as error:
            raise failure(error, connection, compiled.sql, many) from error
        finally:
            cursor.close()

    def _for(self, dialect: Dialect, values: Values) -> _Compiled:
        key = (dialect.name, *values)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _compile(self._statement, dialect, list(values))
        return compiled


@dataclass(frozen=True, slots=True)
class _Compiled:
    """constants: parameters that the statement itself holds a value for. positional: the order, if the driver asks.

    results: what converts the value at a place of a row, where one is needed.
    """

    sql: str
    constants: dict[str, Any]
    binds: list[tuple[str, Convert]]
    positional: bool
    make: Callable[[Any], Any]
    results: list[tuple[int, Callable[[Any], Any]]]

    def bound(self, values: Values) -> Any:
        given = {**self.constants, **values} if self.constants else values
        if self.positional:
            return [given[name] if convert is None else convert(given[name]) for name, convert in self.binds]
        return {name: given[name] if convert is None else convert(given[name]) for name, convert in self.binds}

    def row(self, raw: Sequence[Any]) -> Any:
        if not self.results:
            return self.make(raw)
        values = list(raw)
        for place, convert in self.results:
            values[place] = convert(values[place])
        return self.make(values)


def _compile(statement: Select[Any] | Insert | Update, dialect: Dialect, names: list[str]) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    types = {name: bind.type.dialect_impl(dialect) for bind, name in compiled.bind_names.items()}
    order = (compiled.positiontup or []) if compiled.positional else list(types)
    columns = statement.exported_columns
    converts = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    row_type: Any = namedtuple("Row", [str(column.key) for column in columns], rename=True)  # type: ignore[misc]
    return _Compiled(
        sql=compiled.string,
        constants={name: value for name, value in compiled.params.items() if name not in names},
        binds=[(name, types[name].bind_processor(dialect)) for name in order],
        positional=compiled.positional,
        make=row_type._make,
        results=[(place, convert) for place, convert in enumerate(converts) if convert is not None],
    )


def _connection(session: Session) -> Connection:
    """The one that the session is bound to, in a transaction."""
    connection = session.bind
    assert isinstance(connection, Connection), "a session of core.db.database"
    if not connection.in_transaction():
        connection.begin()
    return connection


def failure(error: Exception, connection: Connection, sql: str, values: Any) -> Exception:
    """A driver's error as SQLAlchemy's. A connection that broke is given up."""
    dialect = connection.dialect
    broken = dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type]
    if broken:
        connection.invalidate(error)
    return DBAPIError.instance(
        sql, values, error, dialect.loaded_dbapi.Error, connection_invalidated=broken, dialect=dialect
    )
