"""What wishes and results of several services are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from core.rules.earning import Line

MAX_LINES = 500

ExternalId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=100_000)]
UnitPrice = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Amount = Annotated[int, Field(strict=True, ge=1, le=100_000_000_000)]


class Wish(BaseModel):
    """What somebody asks a service for. Unknown fields are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Result(BaseModel):
    """What a service gives back; kept under the idempotency key, so it is plain data."""

    model_config = ConfigDict(frozen=True)


class MemberRef(Wish):
    """A member by exactly one of the three."""

    id: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)] | None = None
    card_number: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    phone: Annotated[str, Field(min_length=3, max_length=40)] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> MemberRef:
        if sum(value is not None for value in (self.id, self.card_number, self.phone)) != 1:
            raise ValueError("name the member by exactly one of id, card_number, phone")
        return self


class LineIn(Wish):
    """One line of a purchase. Prices in minor units; regular_price: what the item costs when it is not reduced."""

    sku: Label
    category: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    quantity: Quantity
    unit_price: UnitPrice
    regular_price: UnitPrice | None = None


Lines = Annotated[list[LineIn], Field(min_length=1, max_length=MAX_LINES)]


class Tender(Wish):
    """How a part was paid: cash, card, wallet …; amount in minor units."""

    kind: Label
    amount: Amount


class EntryOut(Result):
    """One entry of the books. points: signed; explanation: see docs/books.md."""

    id: int
    kind: str
    points: int
    rule: str
    effective_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    explanation: dict[str, Any]


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


def entry_out(row: Any) -> EntryOut:
    """A ledger_entry row as others see it."""
    expires_at: datetime | None = row.expires_at
    return EntryOut(
        id=row.id,
        kind=row.kind,
        points=row.points,
        rule=row.rule,
        effective_at=row.effective_at,
        expires_at=expires_at,
        explanation=row.explanation,
    )
