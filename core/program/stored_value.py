"""The part of the program about money that members keep with the shop."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.program.part import Part
from core.program.values import Money, Months


class TopUpBonus(Part):
    """[[stored_value.bonuses]] what topping up brings on top; the last step that the amount reaches counts alone."""

    reaches: Money = Field(alias="from")
    """From this amount of one top-up on. `from = 10000`"""
    gives: Annotated[Money, Field(ge=1)] | None = None
    """Bonus money. `gives = 1000`"""
    percent: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    """Or basis points of the amount, 500 is 5 %; rounded down to the smallest unit. `percent = 500`"""


class StoredValue(Part):
    """[stored_value] money that members pay in and buy with. What was paid in never lapses."""

    least: Annotated[Money, Field(ge=1)] = 1
    """The least that a top-up may bring. `least = 1000`"""
    most: Annotated[Money, Field(ge=1)] | None = None
    """The most that a top-up may bring. `most = 200000`"""
    most_held: Annotated[Money, Field(ge=1)] | None = None
    """The most that a member may hold after a top-up, its bonus included. `most_held = 500000`"""
    bonuses: Annotated[list[TopUpBonus], Field(max_length=20)] = []
    """Steps of a bonus on topping up. `bonuses = [{ from = 10000, gives = 1000 }, { from = 50000, percent = 1500 }]`"""
    bonus_months: Months | None = None
    """How long a bonus is good for; without it, for ever. `bonus_months = 12`"""
    spend_first: Literal["paid_in", "bonus"] = "paid_in"
    """Which money pays first: `"paid_in"`, `"bonus"`. `spend_first = "bonus"`"""
