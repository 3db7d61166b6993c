"""Whether a column is one of many ids, as one statement for any number of them.

`column IN (1, 2, …)` is another text for every length: the driver prepares each anew and keeps it, 5,000 parameters in
each (measured: a tenth of a gigabyte while a campaign to a million is planned).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class _Ids(TypeDecorator[list[int]]):
    """An array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(BigInteger) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Iterable[int] | None, dialect: Dialect) -> Any:
        ids = list(value or ())
        return ids if dialect.name == "postgresql" else json.dumps(ids)


class _Among(FunctionElement[Any]):
    """Without a type: to what is Boolean and no operator SQLite's compiler adds `= 1`, and no index is used."""

    inherit_cache = True


def among(column: ColumnElement[Any], ids: Iterable[int] | BindParameter[Any]) -> ColumnElement[bool]:
    """ids: or `ids_named`, in a prepared statement."""
    return _Among(column, ids if isinstance(ids, BindParameter) else bindparam(None, list(ids), type_=_Ids))


def ids_named(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=_Ids)


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    return "{} = ANY({})".format(*_parts(element, compiler, how))


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    return "{} IN (SELECT value FROM json_each({}))".format(*_parts(element, compiler, how))


def _parts(element: _Among, compiler: SQLCompiler, how: dict[str, Any]) -> list[str]:
    process: Callable[..., str] = compiler.process
    return [process(each, **how) for each in element.clauses]
