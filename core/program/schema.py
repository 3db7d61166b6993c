"""The loyalty program as data. What the file says is what the rules do; nothing about points is decided elsewhere.

Money is integer minor units of the program's currency, points are integers, rates are exact fractions
(`1.5`, `"3/2"`), percentages are basis points (500 = 5 %), timestamps carry an offset.

The text under a key is its documentation: docs/programs.md repeats it, and a fault shows the example it ends with.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from pydantic import AwareDatetime, Field

from core.program.benefits import Benefit as Benefit
from core.program.benefits import Discount as Discount
from core.program.benefits import MemberPrice as MemberPrice
from core.program.bonuses import Activity as Activity
from core.program.bonuses import YearEnd as YearEnd
from core.program.coupons import AmountOff as AmountOff
from core.program.coupons import CouponTemplate as CouponTemplate
from core.program.coupons import Fixed as Fixed
from core.program.coupons import PercentOff as PercentOff
from core.program.coupons import Relative as Relative
from core.program.dormancy import Dormancy as Dormancy
from core.program.goals import Goal as Goal
from core.program.joining import Joining as Joining
from core.program.journeys import Journey as Journey
from core.program.marketing import Marketing as Marketing
from core.program.messages import Messages as Messages
from core.program.part import Part
from core.program.prize_draws import Prize, PrizeDraw
from core.program.rewards import Price as Price
from core.program.rewards import Reward as Reward
from core.program.seasons import Season
from core.program.stored_value import StoredValue as StoredValue
from core.program.tiering import Tier as Tier
from core.program.tiering import Tiering as Tiering
from core.program.values import (
    MAX_MONEY,
    CategoryPath,
    Currency,
    Days,
    Flag,
    Id,
    Money,
    MonthDay,
    Months,
    Points,
    Rate,
    Zone,
)
from core.program.values import Words as Words


class Head(Part):
    """[program] what the program is called and what it counts in."""

    id: Id
    """What the books call the program. `id = "five-tier"`"""
    name: Words
    """What members call it. `name = { en = "Regulars Club", zh-Hans = "熟客会" }`"""
    currency: Currency
    """The ISO 4217 code of all money. Once published it stays. `currency = "USD"`"""
    timezone: Zone
    """The IANA zone in which days, months and birthdays begin. `timezone = "America/New_York"`"""
    languages: list[str] = ["en", "zh-Hans"]
    """The languages that every name and text is written in. `languages = ["en", "zh-Hans"]`"""
    rounding: Literal["down", "half_up"] = "down"
    """How a rule's exact points for a purchase become whole: `"down"`, `"half_up"`. `rounding = "down"`"""
    other_categories: Flag = False
    """Whether tills may name categories that this file does not list. `other_categories = true`"""

    transferable: Flag = False
    """Whether a card can be handed on to another person. `transferable = true`"""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def decimals(self) -> int:
        """Digits of the minor unit: 2 for USD, 0 for JPY."""
        return get_currency_precision(self.currency)


class Category(Part):
    """[[categories]] a root of the product tree; a line may name it or a path below it (`fresh/fruit`)."""

    id: Id
    """The root of the paths that tills send. `id = "produce"`"""
    name: Words
    """What members read. `name = { en = "Fruit and vegetables", zh-Hans = "蔬菜水果" }`"""


class When(Part):
    """Conditions of an earning rule; all that are given must hold."""

    tiers: list[Id] = []
    """Only for members who held one of these before the purchase; none: all. `tiers = ["gold"]`"""
    channels: list[str] = []
    """Only through one of these channels, as the till names them; none: all. `channels = ["web"]`"""
    min_spend: Money = 0
    """Only when the whole purchase comes to this much. `min_spend = 10000`"""
    first_purchase: Flag = False
    """Only for a member's first purchase. `first_purchase = true`"""
    except_first_purchase: Flag = False
    """Not for a member's first purchase. `except_first_purchase = true`"""
    birthday_month: Flag = False
    """Only in the month of the birthday that the member gave. `birthday_month = true`"""


class DayRate(Part):
    """A rate on certain days of the month, multiplied with the others."""

    days: Annotated[list[Annotated[int, Field(strict=True, ge=1, le=31)]], Field(min_length=1)]
    """The days of the month, in the program's zone. `days = [8]`"""
    rate: Rate
    """What the points are multiplied with. `rate = 2`"""


class EarningRule(Part):
    """[[earning.rules]] either `points` for every `per` of spending (in proportion, rounded once), or `fixed`."""

    id: Id
    """What the books call the rule. `id = "base"`"""
    name: Words
    """What members read when they ask why. `name = { en = "Points for shopping", zh-Hans = "消费积分" }`"""
    entry: Literal["accrual", "bonus"] = "accrual"
    """`"accrual"` counts towards tiers, `"bonus"` does not; one rule is an accrual. `entry = "bonus"`"""
    points: Rate | None = None
    """Points for each `per` of spending on the lines that the rule covers, in proportion. `points = 1`"""
    per: Annotated[int, Field(strict=True, ge=1, le=MAX_MONEY)] = 100
    """The spending that earns `points`. `per = 100`"""
    fixed: Points | None = None
    """Instead of `points`: so many for a purchase of which the rule covers any line. `fixed = 200`"""
    categories: list[CategoryPath] = []
    """The categories that the rule covers; none: all. `categories = ["produce", "meat/beef"]`"""
    except_categories: list[CategoryPath] = []
    """Categories that the rule leaves out. `except_categories = ["fuel"]`"""
    except_tenders: list[str] = []
    """What was paid in these ways earns nothing, in proportion. `except_tenders = ["stored-value"]`"""
    tier_rates: dict[Id, Rate] = {}
    """Points are multiplied by the rate of the member's tier, or 1. `tier_rates = { gold = 1.25 }`"""
    category_rates: dict[CategoryPath, Rate] = {}
    """… and by that of the longest path that fits, or 1. `category_rates = { produce = "3/2" }`"""
    cap_per_day: Annotated[Points, Field(ge=1)] | None = None
    """The most that it brings a member in one business day, the earlier purchases first. `cap_per_day = 500`"""
    cap_per_month: Annotated[Points, Field(ge=1)] | None = None
    """… and in one calendar month. `cap_per_month = 5000`"""
    day_rates: list[DayRate] = []
    """Member days. `day_rates = [{ days = [8], rate = 2 }]`"""
    when: When = When()
    """Conditions, all of which must hold. `when = { first_purchase = true }`"""


class Earning(Part):
    """[earning] how purchases become points, when those can be spent and when they lapse."""

    expires: Literal["months", "period", "year_end", "fixed_date", "inactivity", "never"] = "months"
    """When points lapse: after `expires_months`, with the card's period, with 31 December after `expires_years`, with
    the first `expires_on` after `expires_months`, `expires_months` after the member was last active, or never.
    `expires = "period"`"""
    active_by: Annotated[list[Literal["purchase", "reward"]], Field(min_length=1)] = ["purchase"]
    """For `"inactivity"`: what counts as being active. `active_by = ["purchase", "reward"]`"""
    expires_on: MonthDay | None = None
    """For `"fixed_date"`: their last day, month and day. `expires_on = "06-30"`"""
    expires_years: Annotated[int, Field(strict=True, ge=0, le=10)] = 1
    """For `"year_end"`: 31 December so many years on. `expires_years = 1`"""
    claim: Literal["any_day", "same_day"] = "any_day"
    """Whether a till may report a purchase of an earlier business day. `claim = "same_day"`"""
    expires_months: Months = 12
    """How many months points are good for, to the end of the last day; for `"fixed_date"` at least so many.
    `expires_months = 12`"""
    pending_days: Annotated[int, Field(strict=True, ge=0, le=365)] = 0
    """How many days pass before points can be spent. `pending_days = 0`"""
    until_delivered: list[str] = []
    """The channels whose purchases wait for the till to report the delivery: `pending_days` count from there.
    `until_delivered = ["web"]`"""
    delivered_after_days: Days | None = None
    """… but no longer than so many days from the purchase. `delivered_after_days = 30`"""
    refund_policy: Literal["debt", "within_balance"] = "debt"
    """Spent points of returned goods: `"debt"` or forgiven `"within_balance"`. `refund_policy = "debt"`"""
    rules: Annotated[list[EarningRule], Field(min_length=1, max_length=50)]
    """The rules, each judged on its own. `[[earning.rules]]`"""


class Streak(Part):
    """Extra points on each day that completes another `days` check-ins in a row."""

    days: Annotated[int, Field(strict=True, ge=2, le=366)]
    """How many check-ins in a row. `days = 7`"""
    points: Points
    """The extra points. `points = 10`"""


class CheckIn(Part):
    """[check_in] points for a visit to the bot, once a business day."""

    points: Points
    """Points for each check-in. `points = 2`"""
    streaks: list[Streak] = []
    """Extras for days in a row. `streaks = [{ days = 7, points = 10 }]`"""


class Referral(Part):
    """[referral] both sides are paid with the friend's first purchase, and pay back with its refund."""

    inviter_points: Points
    """Points for the member who invited. `inviter_points = 300`"""
    friend_points: Points
    """Points for the friend. `friend_points = 150`"""
    min_spend: Money = 0
    """What the first purchase must come to. `min_spend = 2000`"""


class Offer(Part):
    """[[offers]] a coupon that a member may claim; `categories` say whom it fits."""

    id: Id
    """What the books call the offer. `id = "five-a-day"`"""
    name: Words
    """What members read. `name = { en = "Five a day", zh-Hans = "每日鲜蔬果" }`"""
    text: Words
    """What it brings. `text = { en = "20 % off fruit.", zh-Hans = "水果八折。" }`"""
    coupon: Id
    """The coupon that it gives. `coupon = "produce-20"`"""
    tiers: list[Id] = []
    """Who may claim it; none: everybody. `tiers = ["gold"]`"""
    categories: list[CategoryPath] = []
    """Whom it fits: those who buy in these. `categories = ["produce"]`"""
    since: AwareDatetime | None = None
    """The first moment it can be claimed. `since = 2026-11-15T00:00:00-05:00`"""
    until: AwareDatetime | None = None
    """The first moment it no longer can. `until = 2027-01-06T00:00:00-05:00`"""
    season: Season | None = None
    """Instead of them a season of every year. `season = { first_day = "12-20", last_day = "01-06" }`"""


class Birthday(Part):
    """[birthday] the coupon issued on a member's birthday, once a year."""

    coupon: Id
    """The coupon template. `coupon = "birthday-10"`"""


class Program(Part):
    """A whole program file."""

    schema_version: Literal[1] = Field(alias="schema")
    """The format of this file. `schema = 1`"""
    program: Head
    """What the program is called and counts in. `[program]`"""
    categories: Annotated[list[Category], Field(min_length=1, max_length=200)]
    """What the shop sells. `[[categories]]`"""
    joining: Joining | None = None
    """Who may join; without it everybody. `[joining]`"""
    tiers: Annotated[list[Tier], Field(min_length=1, max_length=20)]
    """From the lowest to the highest. `[[tiers]]`"""
    tiering: Tiering = Tiering()
    """How long tiers are held. `[tiering]`"""
    earning: Earning
    """How purchases become points. `[earning]`"""
    dormancy: Dormancy | None = None
    """When members who buy nothing are closed; without it nobody is. `[dormancy]`"""
    check_in: CheckIn | None = None
    """Points for a visit; without it there is no check-in. `[check_in]`"""
    referral: Referral | None = None
    """Points for inviting; without it nobody is paid for a friend. `[referral]`"""
    coupons: list[CouponTemplate] = []
    """What coupons there are. `[[coupons]]`"""
    rewards: list[Reward] = []
    """What points buy. `[[rewards]]`"""
    offers: list[Offer] = []
    """Coupons that members may claim. `[[offers]]`"""
    activities: list[Activity] = []
    """What brings points besides buying. `[[activities]]`"""
    year_end: list[YearEnd] = []
    """What a calendar year brings at its end. `[[year_end]]`"""
    goals: list[Goal] = []
    """What reaching a sum brings. `[[goals]]`"""
    birthday: Birthday | None = None
    """The birthday coupon; without it there is none. `[birthday]`"""
    benefits: list[Benefit] = []
    """What members get besides points. `[[benefits]]`"""
    discounts: list[Discount] = []
    """What tiers take off at the till. `[[discounts]]`"""
    member_prices: list[MemberPrice] = []
    """What single items cost members. `[[member_prices]]`"""
    prize_draws: list[PrizeDraw] = []
    """What members may play for. `[[prize_draws]]`"""
    journeys: Annotated[list[Journey], Field(max_length=60)] = []
    """What is said to members without their asking. `[[journeys]]`"""
    stored_value: StoredValue | None = None
    """Money that members keep with the shop; without it there is none. `[stored_value]`"""
    messages: Messages = Messages()
    """What holds for every message that nobody asked for. `[messages]`"""
    marketing: Marketing = Marketing()
    """What holds for every campaign. `[marketing]`"""

    def rank(self, tier: str) -> int:
        """The tier's place, 0 the lowest; -1 for one that only an earlier version has."""
        return next((place for place, each in enumerate(self.tiers) if each.id == tier), -1)

    def tier(self, tier: str) -> Tier:
        """The tier; for one that only an earlier version has, the lowest."""
        return self.tiers[max(self.rank(tier), 0)]

    def category(self, path: str) -> Category | None:
        """The root that a line's category lies under, or None if the program does not know it."""
        root = path.split("/", 1)[0]
        return next((each for each in self.categories if each.id == root), None)

    def takes(self, path: str) -> bool:
        """Whether a till may name that category."""
        return self.program.other_categories or self.category(path) is not None

    def coupon(self, template: str) -> CouponTemplate | None:
        return next((each for each in self.coupons if each.id == template), None)

    def reward(self, reward: str) -> Reward | None:
        return next((each for each in self.rewards if each.id == reward), None)

    def offer(self, offer: str) -> Offer | None:
        return next((each for each in self.offers if each.id == offer), None)

    def benefit(self, benefit: str) -> Benefit | None:
        return next((each for each in self.benefits if each.id == benefit), None)

    def prize_draw(self, draw: str) -> PrizeDraw | None:
        return next((each for each in self.prize_draws if each.id == draw), None)

    def journey(self, journey: str) -> Journey | None:
        return next((each for each in self.journeys if each.id == journey), None)

    def won(self, order: str) -> Prize | None:
        """The prize that an order is for: `spring:mug`."""
        draw = self.prize_draw(order.partition(":")[0])
        return draw.prize(order.partition(":")[2]) if draw else None

    def business_day(self, at: datetime) -> str:
        """The day in the program's zone, YYYY-MM-DD."""
        return at.astimezone(self.program.zone).date().isoformat()


def words(texts: Words, language: str) -> str:
    """The text in that language, else in English, else in any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()))


def under(path: str, roots: list[str]) -> str | None:
    """The longest of `roots` that `path` is or lies under, or None."""
    hits = [root for root in roots if path == root or path.startswith(root + "/")]
    return max(hits, key=len, default=None)
