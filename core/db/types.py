"""Column types and the small things all tables share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Table
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Moment(TypeDecorator[datetime]):
    """An aware UTC timestamp; SQLite keeps none of its own, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a timestamp without a zone; pass an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """SQLite's text in one step (0.4 µs instead of 1.8): a screen reads ten of them."""
        return _moment_of_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _moment_of_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


Big = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both databases; SQLite numbers rows by itself only for INTEGER."""


def row_id() -> Any:
    """A primary key the database numbers."""
    return Field(default=None, primary_key=True, sa_type=Big)


def table_of(model: type[SQLModel]) -> Table:
    """The Core table behind a model, for the statements that must be fast."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]
