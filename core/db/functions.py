"""What the two databases say in different words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer, String, bindparam, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_SLASH: ColumnElement[str] = literal_column("'/'")
_ONE: ColumnElement[int] = literal_column("1")
"""Constants as literals: what a compiler adds may not be parameters."""


class root_of(FunctionElement[str]):
    """A category's root: what stands before the first slash."""

    type = String()
    inherit_cache = True


class place_of(FunctionElement[int]):
    """Where the second text begins in the first, from 1; 0 if it is not in it."""

    type = Integer()
    inherit_cache = True


class day_of(FunctionElement[Any]):
    """The day of a moment (first argument) so many minutes (second) ahead of UTC; only good for comparing."""

    type = String()
    inherit_cache = True


def local_day(moment: ColumnElement[datetime], zone: ZoneInfo, now: datetime) -> day_of:
    """By the zone's offset at `now`, the whole year round."""
    offset = now.astimezone(zone).utcoffset()
    assert offset is not None
    return day_of(moment, bindparam(None, int(offset.total_seconds()) // 60, Integer))


@compiles(root_of)
def _root(element: Any, compiler: Any, **how: Any) -> str:
    (category,) = element.clauses
    return str(compiler.process(func.split_part(category, _SLASH, _ONE), **how))


@compiles(root_of, "sqlite")
def _root_on_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    (category,) = element.clauses
    before = func.instr(category.op("||")(_SLASH), _SLASH).op("-")(_ONE)
    return str(compiler.process(func.substr(category, _ONE, before), **how))


@compiles(place_of)
def _place(element: Any, compiler: Any, **how: Any) -> str:
    return str(compiler.process(func.strpos(*element.clauses), **how))


@compiles(place_of, "sqlite")
def _place_on_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    return str(compiler.process(func.instr(*element.clauses), **how))


@compiles(day_of)
def _day(element: Any, compiler: Any, **how: Any) -> str:
    moment, minutes = element.clauses
    utc = func.timezone(literal_column("'UTC'"), moment)
    return str(compiler.process(cast(utc + func.make_interval(*[literal_column("0")] * 5, minutes), Date), **how))


@compiles(day_of, "sqlite")
def _day_on_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    moment, minutes = element.clauses
    return str(compiler.process(func.date(moment, cast(minutes, String).op("||")(literal_column("' minutes'"))), **how))
