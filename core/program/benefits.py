"""The part of the program that says what members get besides points: parking hours, what partners give, discounts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from core.program.part import Part
from core.program.seasons import Season
from core.program.values import BasisPoints, CategoryPath, Count, Id, Money, Words


class Step(Part):
    """[[benefits.daily.steps]] what spending of that day brings; the steps add up."""

    spend: Money
    """From this sum of the day on. `spend = 20000`"""
    gives: Count
    """How much it brings. `gives = 2`"""
    each: Annotated[Money, Field(ge=1)] | None = None
    """Instead of once: for each full sum of this size above `spend`. `each = 20000`"""


class Daily(Part):
    """[benefits.daily] how much a business day's spend brings for that day."""

    steps: Annotated[list[Step], Field(min_length=1, max_length=20)]
    """What the day's spend brings. `steps = [{ spend = 20000, gives = 2 }]`"""
    most: Count | None = None
    """The most that a day brings. `most = 6`"""
    measure: Id | None = None
    """Which spending counts, a measure of tiering; none: the first measure. `measure = "goods"`"""


class Gift(Part):
    """[[benefits.gifts]] what rising to a tier brings, once for each rise; it does not lapse."""

    tier: Id
    """The tier risen to. `tier = "silver"`"""
    amount: Count
    """How much it brings. `amount = 10`"""
    held: list[Id] = Field(default=[], alias="from")
    """Only for those who rise from one of these; none: from any lower tier. `from = ["vip"]`"""


class Benefit(Part):
    """[[benefits]] what members get besides points. What is counted in a `unit` is drawn at the till; anything else is
    told to members and given by whoever offers it, such as a partner."""

    id: Id
    """What tills and the books call it. `id = "parking"`"""
    name: Words
    """What members read. `name = { en = "Free parking", zh-Hans = "免费停车" }`"""
    text: Words = {}
    """More words about it. `text = { en = "Garage B, all day.", zh-Hans = "B 区车库，全天。" }`"""
    partner: Words = {}
    """The business that gives it, if not the shop. `partner = { en = "Lake Hotel", zh-Hans = "湖畔酒店" }`"""
    tiers: list[Id] = []
    """Who has it; none: everybody. `tiers = ["silver", "platinum"]`"""
    unit: Literal["hour", "visit", "piece"] | None = None
    """What it is counted in where it is drawn: `"hour"`, `"visit"`, `"piece"`. `unit = "hour"`"""
    daily: Daily | None = None
    """What a day's spend brings, for that day. `daily = { steps = [{ spend = 20000, gives = 2 }] }`"""
    gifts: list[Gift] = []
    """What rising to a tier brings. `gifts = [{ tier = "silver", amount = 10, from = ["vip"] }]`"""


class Discount(Part):
    """[[discounts]] what tiers take off at the till. A line gets one of them, the one that takes off most."""

    id: Id
    """What tills call it. `id = "goods"`"""
    name: Words
    """What members read. `name = { en = "Member price", zh-Hans = "会员价" }`"""
    tier_percents: Annotated[dict[Id, BasisPoints], Field(min_length=1)]
    """Basis points by tier, 500 is 5 %; rounded down over its lines. `tier_percents = { silver = 500 }`"""
    categories: list[CategoryPath] = []
    """The categories it is for; none: all. `categories = ["department"]`"""
    except_categories: list[CategoryPath] = []
    """Categories that it leaves out. `except_categories = ["department/gold"]`"""
    prices: Literal["regular", "reduced", "any"] = "any"
    """For goods at their regular price, for those already reduced, or both. `prices = "regular"`"""


class MemberPrice(Part):
    """[[member_prices]] what one item costs members, instead of its price. Of the prices and discounts that fit a line
    the one that takes off most counts."""

    id: Id
    """What tills call it. `id = "club-cap"`"""
    name: Words
    """What members read. `name = { en = "Club cap at the club's price", zh-Hans = "会员价棒球帽" }`"""
    sku: Annotated[str, Field(pattern=r"\S", max_length=60)]
    """The item, as tills name it. `sku = "cap-01"`"""
    price: Annotated[Money, Field(ge=1)]
    """What one of it costs. `price = 3900`"""
    tiers: list[Id] = []
    """Who gets it for that; none: every member. `tiers = ["member"]`"""
    since: AwareDatetime | None = None
    """The first moment at which it counts. `since = 2026-11-15T00:00:00+08:00`"""
    until: AwareDatetime | None = None
    """The first moment at which it no longer does. `until = 2027-01-01T00:00:00+08:00`"""
    season: Season | None = None
    """Instead of them a season of every year. `season = { first_day = "11-01", last_day = "12-31" }`"""
