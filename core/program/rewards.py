"""The part of the program that says what points buy."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.program.part import Part
from core.program.values import Count, Days, Id, Money, Points, Words


class Price(Part):
    """What a reward costs: points, and money on top where points do not reach."""

    points: Points
    """Points. `points = 500`"""
    money: Money = 0
    """Money paid at the till on top. `money = 400`"""


class Reward(Part):
    """[[rewards]] goods handed over at the till, or a coupon. `prices` are alternatives; `tier_prices` replace them."""

    id: Id
    """What the books call the reward. `id = "tote"`"""
    name: Words
    """What members read. `name = { en = "Shopping bag", zh-Hans = "购物袋" }`"""
    description: Words = {}
    """More words about it. `description = { en = "Canvas, 15 litres.", zh-Hans = "帆布，15 升。" }`"""
    prices: Annotated[list[Price], Field(min_length=1, max_length=4)]
    """One to four, to choose from. `prices = [{ points = 600 }, { points = 200, money = 400 }]`"""
    tier_prices: dict[Id, Annotated[list[Price], Field(min_length=1, max_length=4)]] = {}
    """The prices for members of a tier, instead. `tier_prices = { gold = [{ points = 475 }] }`"""
    tiers: list[Id] = []
    """Who may take it; none: everybody. `tiers = ["platinum", "diamond"]`"""
    coupon: Id | None = None
    """The coupon that the reward is, instead of goods. `coupon = "points-5"`"""
    stock: Count | None = None
    """How many there are. `stock = 300`"""
    per_member: Count | None = None
    """How many a member may take in all. `per_member = 2`"""
    claim_days: Days = 30
    """Days to fetch the goods before the order lapses. `claim_days = 30`"""
