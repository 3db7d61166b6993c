"""The program as tills and staff see it. Texts are in each of the program's languages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from core.program.schema import Words
from core.services.common import Moment, Wish
from core.shop import Version


class PublicationForm(Wish):
    """sha256: of the draft's text that was read, as `GET` gives it. effective_at: when it comes into force, by default
    now."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    effective_at: Moment | None = None


class CategoryOut(BaseModel):
    """A line names it, or a path below it (fresh/fruit)."""

    id: str
    name: Words


class TierOut(BaseModel):
    """Met by qualifying spend (minor units) or points, whichever comes first; null: not that way."""

    id: str
    name: Words
    colour: str
    spend: int | None
    points: int | None


class NamedOut(BaseModel):
    id: str
    name: Words


class ProgramOut(BaseModel):
    """decimals: digits of the currency's minor unit."""

    id: str
    version: int
    effective_at: datetime
    name: Words
    currency: str
    decimals: int
    timezone: str
    languages: list[str]
    categories: list[CategoryOut]
    tiers: list[TierOut]
    coupons: list[NamedOut]
    rewards: list[NamedOut]


def program_out(version: Version) -> ProgramOut:
    program = version.program
    return ProgramOut(
        id=program.program.id,
        version=version.id,
        effective_at=version.effective_at,
        name=program.program.name,
        currency=program.program.currency,
        decimals=program.program.decimals,
        timezone=program.program.timezone,
        languages=program.program.languages,
        categories=[CategoryOut(id=each.id, name=each.name) for each in program.categories],
        tiers=[TierOut(**each.model_dump(include=set(TierOut.model_fields))) for each in program.tiers],
        coupons=[NamedOut(id=each.id, name=each.name) for each in program.coupons],
        rewards=[NamedOut(id=each.id, name=each.name) for each in program.rewards],
    )
