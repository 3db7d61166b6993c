"""The part of the program that says what coupons there are, what each is worth and when it is good."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Discriminator, Field, Tag

from core.program.part import Part
from core.program.seasons import Season
from core.program.values import MAX_MONEY, BasisPoints, CategoryPath, Count, Days, Id, Money, Words


class AmountOff(Part):
    """So much money off the eligible lines."""

    kind: Literal["amount"]
    """`"amount"` or `"percent"`. `kind = "amount"`"""
    amount: Annotated[int, Field(strict=True, ge=1, le=MAX_MONEY)]
    """How much, at most what the eligible lines come to. `amount = 500`"""


class PercentOff(Part):
    """A percentage off the eligible lines."""

    kind: Literal["percent"]
    """`"amount"` or `"percent"`. `kind = "amount"`"""
    percent: BasisPoints
    """Basis points: 1000 is 10 %; the discount is rounded down. `percent = 2000`"""
    cap: Money | None = None
    """The most that it takes off. `cap = 600`"""


class Relative(Part):
    """Valid for so many business days from the day of issue, the last one included."""

    days: Days
    """How many days. `days = 30`"""


class Fixed(Part):
    """Valid from (inclusive) to (exclusive)."""

    since: AwareDatetime
    """The first moment, with its offset. `since = 2026-12-20T00:00:00-05:00`"""
    until: AwareDatetime
    """The first moment after. `until = 2027-01-06T00:00:00-05:00`"""


def _validity(value: Any) -> str | None:
    if isinstance(value, dict):
        yearly = "season" if {"first_day", "last_day"} & value.keys() else "relative"
        return "fixed" if {"since", "until"} & value.keys() else yearly
    return next((tag for kind, tag in _TAGS.items() if isinstance(value, kind)), None)


_TAGS: dict[type[Part], str] = {Relative: "relative", Fixed: "fixed", Season: "season"}
Validity = Annotated[
    Annotated[Relative, Tag("relative")] | Annotated[Fixed, Tag("fixed")] | Annotated[Season, Tag("season")],
    Discriminator(_validity),
]


class CouponTemplate(Part):
    """[[coupons]] what a coupon is worth, on what, for how long and how often."""

    id: Id
    """What the books call the template. `id = "welcome-5"`"""
    name: Words
    """What members read. `name = { en = "$5 off your next shop", zh-Hans = "下次购物立减 5 美元" }`"""
    terms: Words = {}
    """The small print. `terms = { en = "One per member.", zh-Hans = "每位会员限一张。" }`"""
    discount: Annotated[AmountOff | PercentOff, Field(discriminator="kind")]
    """An amount or a percentage. `discount = { kind = "amount", amount = 500 }`"""
    min_spend: Money = 0
    """What the eligible lines must come to. `min_spend = 3000`"""
    categories: list[CategoryPath] = []
    """The categories whose lines are eligible; none: all. `categories = ["produce"]`"""
    validity: Validity
    """So many days from the day of issue, from moment to moment, or a season. `validity = { days = 30 }`"""
    per_member: Count | None = None
    """How many a member may be given in all, or in each season. `per_member = 1`"""
    total: Count | None = None
    """How many there are for everybody together, or in each season. `total = 500`"""
    stacking: Literal["alone", "together"] = "alone"
    """`"alone"`: no other coupon on the purchase; `"together"`: others that say so. `stacking = "alone"`"""
