"""The loyalty program as data. What the file says is what the rules do; nothing about points is decided elsewhere.

Money is integer minor units of the program's currency, points are integers, rates are exact fractions
(`1.5`, `"3/2"`), percentages are basis points (500 = 5 %), timestamps carry an offset.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import get_currency_precision, list_currencies
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

MAX_POINTS = 1_000_000_000
MAX_MONEY = 100_000_000_000


def _exact(value: object) -> object:
    if isinstance(value, bool) or isinstance(value, float):
        raise ValueError('write an exact rate: 2, 1.5 or "3/2"')
    if isinstance(value, (int, str, Fraction)):
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            raise ValueError('write an exact rate: 2, 1.5 or "3/2"') from None
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("write an IANA zone such as Asia/Shanghai")
    return value


def _currency(value: str) -> str:
    if value not in list_currencies():
        raise ValueError("write an ISO 4217 code such as CNY")
    return value


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
CategoryPath = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*(/[a-z0-9_-]+)*$", max_length=120)]
Points = Annotated[int, Field(strict=True, ge=0, le=MAX_POINTS)]
Money = Annotated[int, Field(strict=True, ge=0, le=MAX_MONEY)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
Months = Annotated[int, Field(strict=True, ge=1, le=120)]
Days = Annotated[int, Field(strict=True, ge=1, le=3660)]
BasisPoints = Annotated[int, Field(strict=True, ge=1, le=10_000)]
Rate = Annotated[Fraction, BeforeValidator(_exact), Field(ge=0, le=1000)]
Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Words = dict[str, Annotated[str, Field(min_length=1, max_length=1000)]]
"""One text in each of the program's languages: {"en": …, "zh-Hans": …}."""


class Part(BaseModel):
    """A part of the program: immutable, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Head(Part):
    """[program] what the program is called and what it counts in."""

    id: Id
    name: Words
    currency: Currency
    timezone: Zone
    languages: list[str] = ["en", "zh-Hans"]
    rounding: Literal["down", "half_up"] = "down"
    """How a rule's exact points for one purchase become whole points."""

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
    name: Words


class Tier(Part):
    """[[tiers]] from lowest to highest. Met by qualifying spend or by qualifying points, whichever comes first.

    The lowest tier has no thresholds: everybody holds it.
    """

    id: Id
    name: Words
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    spend: Money | None = None
    points: Points | None = None
    benefits: dict[str, list[str]] = {}


class Tiering(Part):
    """[tiering] a tier is met when the sum over the trailing window reaches its threshold, held for the validity
    from the last moment it was met, and then falls to the highest tier still held."""

    window_months: Months = 12
    validity_months: Months = 12


class When(Part):
    """Conditions of an earning rule; all that are given must hold."""

    tiers: list[Id] = []
    channels: list[str] = []
    min_spend: Money = 0
    first_purchase: bool = False
    birthday_month: bool = False


class EarningRule(Part):
    """[[earning.rules]] either `points` for each full or partial `per` of spending (exact, rounded once), or `fixed`."""

    id: Id
    name: Words
    entry: Literal["accrual", "bonus"] = "accrual"
    points: Rate | None = None
    per: Annotated[int, Field(strict=True, ge=1, le=MAX_MONEY)] = 100
    fixed: Points | None = None
    categories: list[CategoryPath] = []
    except_categories: list[CategoryPath] = []
    tier_rates: dict[Id, Rate] = {}
    category_rates: dict[CategoryPath, Rate] = {}
    when: When = When()


class Earning(Part):
    """[earning] how purchases become points, when those can be spent and when they lapse."""

    expires_months: Months = 12
    pending_days: Annotated[int, Field(strict=True, ge=0, le=365)] = 0
    refund_policy: Literal["debt", "within_balance"] = "debt"
    rules: Annotated[list[EarningRule], Field(min_length=1, max_length=50)]


class Streak(Part):
    """Extra points on each day that completes another `days` check-ins in a row."""

    days: Annotated[int, Field(strict=True, ge=2, le=366)]
    points: Points


class CheckIn(Part):
    """[check_in] points for a visit to the bot, once a business day."""

    points: Points
    streaks: list[Streak] = []


class Referral(Part):
    """[referral] both sides are paid with the friend's first purchase, and pay back with its refund."""

    inviter_points: Points
    friend_points: Points
    min_spend: Money = 0


class AmountOff(Part):
    kind: Literal["amount"]
    amount: Annotated[int, Field(strict=True, ge=1, le=MAX_MONEY)]


class PercentOff(Part):
    kind: Literal["percent"]
    percent: BasisPoints
    cap: Money | None = None


class Relative(Part):
    """Valid for so many business days from the day of issue, the last one included."""

    days: Days


class Fixed(Part):
    """Valid from (inclusive) to (exclusive)."""

    since: AwareDatetime
    until: AwareDatetime


class CouponTemplate(Part):
    """[[coupons]] what a coupon is worth, on what, for how long and how often."""

    id: Id
    name: Words
    terms: Words = {}
    discount: Annotated[AmountOff | PercentOff, Field(discriminator="kind")]
    min_spend: Money = 0
    categories: list[CategoryPath] = []
    validity: Relative | Fixed
    per_member: Count | None = None
    total: Count | None = None
    stacking: Literal["alone", "together"] = "alone"
    """alone: no other coupon on the same purchase; together: with others that say so too."""


class Price(Part):
    """What a reward costs: points, and money on top where points do not reach."""

    points: Points
    money: Money = 0


class Reward(Part):
    """[[rewards]] goods handed over at the till, or a coupon. `prices` are alternatives; `tier_prices` replace them."""

    id: Id
    name: Words
    description: Words = {}
    prices: Annotated[list[Price], Field(min_length=1, max_length=4)]
    tier_prices: dict[Id, Annotated[list[Price], Field(min_length=1, max_length=4)]] = {}
    tiers: list[Id] = []
    """Who may take it; empty: everybody."""
    coupon: Id | None = None
    stock: Count | None = None
    per_member: Count | None = None
    claim_days: Days = 30
    """Days to fetch the goods before the order lapses."""


class Offer(Part):
    """[[offers]] a coupon that a member may claim; `categories` say whom it fits."""

    id: Id
    name: Words
    text: Words
    coupon: Id
    tiers: list[Id] = []
    categories: list[CategoryPath] = []
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Birthday(Part):
    """[birthday] the coupon issued on a member's birthday, once a year."""

    coupon: Id


class Program(Part):
    """A whole program file."""

    schema_version: Literal[1] = Field(alias="schema")
    program: Head
    categories: Annotated[list[Category], Field(min_length=1, max_length=200)]
    tiers: Annotated[list[Tier], Field(min_length=1, max_length=20)]
    tiering: Tiering = Tiering()
    earning: Earning
    check_in: CheckIn | None = None
    referral: Referral | None = None
    coupons: list[CouponTemplate] = []
    rewards: list[Reward] = []
    offers: list[Offer] = []
    birthday: Birthday | None = None

    def rank(self, tier: str) -> int:
        """The tier's place, 0 the lowest."""
        return next(place for place, each in enumerate(self.tiers) if each.id == tier)

    def tier(self, tier: str) -> Tier:
        return self.tiers[self.rank(tier)]

    def category(self, path: str) -> Category | None:
        """The root that a line's category lies under, or None if the program does not know it."""
        root = path.split("/", 1)[0]
        return next((each for each in self.categories if each.id == root), None)

    def coupon(self, template: str) -> CouponTemplate | None:
        return next((each for each in self.coupons if each.id == template), None)

    def reward(self, reward: str) -> Reward | None:
        return next((each for each in self.rewards if each.id == reward), None)

    def offer(self, offer: str) -> Offer | None:
        return next((each for each in self.offers if each.id == offer), None)

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
