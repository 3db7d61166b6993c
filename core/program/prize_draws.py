"""The part of the program that says what members may play for, at which odds."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from math import lcm
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from core.program.part import Part
from core.program.seasons import Season
from core.program.values import Count, Days, Flag, Id, Points, Rate, Words


def _odds(value: object, exact: ValidatorFunctionWrapHandler) -> Fraction:
    with suppress(ValidationError):
        odds: Fraction = exact(value)
        if 0 < odds <= 1:
            return odds
    raise ValueError('write an exact part of one: "1/100" is one play in a hundred')


Odds = Annotated[Rate, WrapValidator(_odds)]

MOST_TICKETS = 10**18
"""The largest common denominator of a prize draw's odds: its numbers fit into 64 bits."""


class Prize(Part):
    """[[prize_draws.prizes]] one of points, a coupon, or goods that the till hands over."""

    id: Id
    """What the books call the prize. `id = "mug"`"""
    name: Words
    """What members read. `name = { en = "Mug", zh-Hans = "马克杯" }`"""
    odds: Odds
    """The part of plays that win it, exactly. `odds = "1/100"`"""
    points: Annotated[Points, Field(ge=1)] | None = None
    """So many points. `points = 500`"""
    coupon: Id | None = None
    """The coupon that it is. `coupon = "spring-10"`"""
    goods: Flag = False
    """Whether it is something to fetch at the till. `goods = true`"""
    claim_days: Days = 30
    """Days to fetch goods. `claim_days = 30`"""
    stock: Count | None = None
    """How many there are; a play that wins one too many gets the consolation. `stock = 20`"""


class PrizeDraw(Part):
    """[[prize_draws]] members play for prizes at published odds. Every play can be proven afterwards."""

    id: Id
    """What the books call it. `id = "spring"`"""
    name: Words
    """What members read. `name = { en = "Spring prize draw", zh-Hans = "春季抽奖" }`"""
    text: Words = {}
    """More words about it. `text = { en = "Good luck!", zh-Hans = "祝您好运！" }`"""
    price: Points
    """What one play costs in points; 0: nothing. `price = 50`"""
    prizes: Annotated[list[Prize], Field(min_length=1, max_length=20)]
    """What can be won. `[[prize_draws.prizes]]`"""
    consolation: Points = 0
    """Points for a play that wins nothing. `consolation = 5`"""
    since: AwareDatetime | None = None
    """The first moment it can be played. `since = 2026-03-01T00:00:00-05:00`"""
    until: AwareDatetime | None = None
    """The first moment it no longer can. `until = 2026-06-01T00:00:00-04:00`"""
    season: Season | None = None
    """Instead of them a season of every year. `season = { first_day = "03-01", last_day = "05-31" }`"""
    tiers: list[Id] = []
    """Who may play; none: everybody. `tiers = ["gold"]`"""
    per_day: Count | None = None
    """How often a member may play in one business day. `per_day = 1`"""
    per_member: Count | None = None
    """… and in all. `per_member = 20`"""
    rounds: Literal["day", "month"] = "month"
    """How long one secret seed serves before it is revealed: a business day or a calendar month. `rounds = "day"`"""

    @property
    def tickets(self) -> int:
        """The odds' common denominator: how many equally likely numbers a play draws one of."""
        return lcm(*(prize.odds.denominator for prize in self.prizes))

    @property
    def nothing(self) -> Fraction:
        """The part of plays that win none of the prizes."""
        return 1 - sum((prize.odds for prize in self.prizes), Fraction(0))

    def prize(self, prize: str) -> Prize | None:
        return next((each for each in self.prizes if each.id == prize), None)
