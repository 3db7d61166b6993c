"""The parts of the program that bring points by other ways than a purchase's own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.program.part import Part
from core.program.values import Count, Flag, Id, Money, Points, Words


class YearEnd(Part):
    """[[year_end]] points for what a calendar year came to, granted as it ends; each is judged on its own."""

    id: Id
    """What the books call the bonus. `id = "great-year"`"""
    name: Words
    """What members read. `name = { en = "A great year", zh-Hans = "年度消费奖励" }`"""
    spend: Annotated[Money, Field(ge=1)]
    """The year's qualifying spending that brings it. `spend = 20000001`"""
    points: Annotated[Points, Field(ge=1)]
    """How many points, once for the year. `points = 20000`"""
    measure: Id | None = None
    """Which sum of spending; none: the first measure. `measure = "zones"`"""
    tiers: list[Id] = []
    """Only for members who held one of these as the year ended; none: all. `tiers = ["private"]`"""


class Activity(Part):
    """[[activities]] points for something that members do besides buying, as the shop or the web site reports it."""

    id: Id
    """What reports call it. `id = "review"`"""
    name: Words
    """What members read. `name = { en = "Product review", zh-Hans = "商品评价" }`"""
    points: Annotated[Points, Field(ge=1)]
    """Points for each time. `points = 20`"""
    once: Flag = False
    """Whether it counts once a member for ever. `once = true`"""
    per_day: Count | None = None
    """How often it counts in one business day. `per_day = 1`"""
    per_month: Count | None = None
    """How often it counts in one calendar month. `per_month = 10`"""
