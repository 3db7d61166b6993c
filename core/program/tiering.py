"""The part of the program that says who holds which tier, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.program.part import Part
from core.program.values import CategoryPath, Id, Money, Months, Points, Words

Years = Annotated[int, Field(strict=True, ge=1, le=10)]
GraceMonths = Annotated[int, Field(strict=True, ge=0, le=24)]
GraceDays = Annotated[int, Field(strict=True, ge=0, le=366)]


class Measure(Part):
    """[[tiering.measures]] a sum of spending that tiers ask for. The first is the one meant where none is named."""

    id: Id
    """What a way to a tier calls it. `id = "zones"`"""
    categories: list[CategoryPath] = []
    """The categories that count; none: all. `categories = ["department"]`"""
    except_categories: list[CategoryPath] = []
    """Categories that do not count. `except_categories = ["department/gift-cards"]`"""
    bulk_from: Annotated[int, Field(strict=True, ge=2, le=100_000)] | None = None
    """From so many of one item in a purchase on, none of them counts. `bulk_from = 3`"""
    except_tenders: list[str] = []
    """What was paid in these ways does not count, in proportion. `except_tenders = ["gift-card"]`"""


class Way(Part):
    """[[tiers.ways]] one way into a tier; any one of them is enough."""

    by: Literal["day", "total", "years"]
    """`"day"`: in one business day without a card; `"total"`: in the card's period; `"years"`: in each of so many
    calendar years, judged at the turn of the year. `by = "day"`"""
    spend: Annotated[Money, Field(ge=1)]
    """The sum it takes. `spend = 500000`"""
    measure: Id | None = None
    """Which sum; none: the first measure. `measure = "zones"`"""
    held: list[Id] = Field(default=[], alias="from")
    """Only for those who hold one of these; none: any lower tier, for `"day"` the lowest. `from = ["vip"]`"""
    years: Years = 1
    """For `"years"`: how many years in a row. `years = 2`"""


class Tier(Part):
    """[[tiers]] from lowest to highest. Everybody holds the lowest.

    In a rolling program a tier is met by qualifying spend or points, whichever comes first; in the other kinds by
    one of its ways.
    """

    id: Id
    """What the books call the tier. `id = "silver"`"""
    name: Words
    """What members read. `name = { en = "Silver", zh-Hans = "银卡会员" }`"""
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    """The colour of the card, as red, green and blue in hexadecimal. `colour = "#8A949E"`"""
    spend: Money | None = None
    """Qualifying spend within the window that meets the tier. `spend = 50000`"""
    points: Points | None = None
    """Qualifying points within the window that meet the tier. `points = 800`"""
    ways: list[Way] = []
    """The ways into it, for the kinds `"cards"` and `"years"`; written empty: by invitation only.
    `ways = [{ by = "day", spend = 100000 }]`"""
    keep: Money | None = None
    """For the kind `"years"`: who spent less in the year that ends falls to the lowest tier. `keep = 5000000`"""
    benefits: dict[str, list[str]] = {}
    """What it brings, line by line. `benefits = { en = ["More points"], zh-Hans = ["更多积分"] }`"""


class Tiering(Part):
    """[tiering] how tiers are won, kept and lost.

    `rolling`: met when the sum over the trailing window reaches the threshold, held for the validity from the last
    day it was met, kept for the grace, then down to the highest tier still held, or by one step. `cards`: a card is
    won in one business day, rises by the total of its period and never falls; a period ends with 31 December.
    `years`: judged at each turn of the year.
    """

    kind: Literal["rolling", "cards", "years"] = "rolling"
    """Which of the three. `kind = "cards"`"""
    window_months: Months = 12
    """Rolling: how many months back spending and points count. `window_months = 12`"""
    validity_months: Months = 12
    """Rolling: how many months a tier is held after the last day it was met. `validity_months = 12`"""
    grace_months: GraceMonths = 0
    """Rolling: how many months more it is kept; meeting it again by then saves it. `grace_months = 3`"""
    grace_days: GraceDays = 0
    """… or how many days. `grace_days = 30`"""
    downgrade: Literal["to_fit", "one_step"] = "to_fit"
    """Rolling: where a tier that was not met again goes: `"to_fit"`: to the highest one still held; `"one_step"`: to
    the next lower one, for a term of its own. `downgrade = "one_step"`"""
    period_years: Years = 1
    """Cards: a period ends with 31 December so many years after the year it begins in. `period_years = 1`"""
    measures: list[Measure] = []
    """What spending qualifies; none: all of it. `measures = [{ id = "goods", categories = ["department"] }]`"""
