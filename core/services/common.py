"""What wishes and results of several services are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from core.insight.ledger import EntryOut, entry_out
from core.insight.members import MemberRef
from core.rules.earning import Line

__all__ = ["EntryOut", "LineIn", "MemberRef", "Result", "Tender", "Wish", "entry_out", "rule_lines"]

MAX_LINES = 500


def _written(value: object) -> object:
    """A number would be read as seconds, or as milliseconds, since 1970: a guess."""
    if isinstance(value, (int, float)):
        raise ValueError("write it as text, as in 2026-03-02T10:15:00-05:00 or 1990-05-31")
    return value


def _utc(at: datetime) -> datetime:
    """One moment is one wish and one answer, whichever offset it came with."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("write a moment of the years 1 to 9999") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_utc)]
Day = Annotated[date, BeforeValidator(_written)]
ExternalId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=100)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=60)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=100_000)]
UnitPrice = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Amount = Annotated[int, Field(strict=True, ge=1, le=100_000_000_000)]


class Wish(BaseModel):
    """What somebody asks a service for. Unknown fields are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Result(BaseModel):
    """What a service gives back; kept under the idempotency key, so it is plain data."""

    model_config = ConfigDict(frozen=True)


class LineIn(Wish):
    """One line of a purchase. Prices in minor units; regular_price: what the item costs when it is not reduced."""

    sku: Label
    category: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=120)]
    quantity: Quantity
    unit_price: UnitPrice
    regular_price: UnitPrice | None = None


Lines = Annotated[list[LineIn], Field(min_length=1, max_length=MAX_LINES)]


class Tender(Wish):
    """How a part was paid: cash, card, wallet …; amount in minor units."""

    kind: Label
    amount: Amount


def rule_lines(lines: list[LineIn]) -> tuple[Line, ...]:
    """The lines as the rules know them, numbered from 1."""
    return tuple(
        Line(
            number,
            line.sku,
            line.category,
            line.quantity,
            line.unit_price,
            line.unit_price if line.regular_price is None else line.regular_price,
        )
        for number, line in enumerate(lines, 1)
    )
