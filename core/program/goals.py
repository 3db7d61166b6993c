"""The part of the program that rewards reaching a sum: milestones, spend-threshold cashback, points rebates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.program.part import Part
from core.program.values import MAX_MONEY, Count, Id, Points, Rate, Words

Sum = Annotated[int, Field(strict=True, ge=1, le=MAX_MONEY)]


class GoalStep(Part):
    """[[goals.steps]] what comes from a sum on: points or a part of the sum, a coupon, or both."""

    at: Sum
    """The sum from which on it comes. `at = 1000`"""
    points: Annotated[Points, Field(ge=1)] | None = None
    """How many points. `points = 100`"""
    part: Annotated[Rate, Field(gt=0)] | None = None
    """Instead of `points`: this part of the sum, as points, rounded as the program says. `part = "1/10"`"""
    coupon: Id | None = None
    """A coupon of this template. `coupon = "cash-20"`"""
    every: Sum | None = None
    """Once more for each further full sum of this size. `every = 1000`"""
    times: Count | None = None
    """How often it comes at most, with `every`. `times = 3`"""


class Goal(Part):
    """[[goals]] a sum to reach within a span of time, and what reaching it brings; where it is no longer reached, that
    is taken back."""

    id: Id
    """What the books call it. `id = "thousand-points"`"""
    name: Words
    """What members read. `name = { en = "A thousand points", zh-Hans = "积分满千" }`"""
    of: Literal["spend", "purchases", "points_earned", "points_spent"]
    """What is added up: spending, the number of purchases, points of `accrual` rules, or points paid for rewards.
    `of = "points_earned"`"""
    within: Literal["purchase", "day", "month", "year", "ever"] = "ever"
    """In what: one purchase, a business day, a calendar month or year, or all that ever was. `within = "day"`"""
    measure: Id | None = None
    """For spending and purchases: which sum counts; none: the first measure. `measure = "goods"`"""
    pays: Literal["all", "highest"] = "all"
    """What counts of the steps that are reached: `"all"`, or the `"highest"` alone. `pays = "highest"`"""
    cap: Annotated[Points, Field(ge=1)] | None = None
    """The most points that one span brings. `cap = 5000`"""
    steps: Annotated[list[GoalStep], Field(min_length=1, max_length=20)]
    """From the lowest sum to the highest. `steps = [{ at = 1000, points = 100 }]`"""
