"""The part of the program that says which care messages go to whom, when, and what comes with them."""

from __future__ import annotations

from datetime import time
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from core.program.calendars import FestivalName
from core.program.filters import STAGES, Filter
from core.program.part import Part
from core.program.values import Count, Id, MonthDay, Months, Points, Rate, Words

Trigger = Literal[
    "joined",
    "purchase",
    "birthday",
    "anniversary",
    "points_expire",
    "coupon_expires",
    "tier_reached",
    "tier_at_risk",
    "tier_lost",
    "month",
    "stage",
    "dormant",
    "festival",
    "reward_in_reach",
    "complaint_settled",
    "day",
]
Exit = Literal["purchase", "coupon_used"]
REVIEW = "review"
Opens = Literal[
    "home", "points", "tier", "coupons", "offers", "rewards", "prize_draws", "statement", "feedback", "review"
]  # fmt: skip
Stage = Literal[STAGES]  # type: ignore[valid-type]  # the names that facts know


def _clock(value: str) -> str:
    try:
        if len(value) != 5:
            raise ValueError
        time.fromisoformat(value)
    except ValueError:
        raise ValueError('write hours and minutes, as in "09:30"') from None
    return value


def _audience(value: dict[str, Any]) -> dict[str, Any]:
    try:
        Filter.model_validate(value)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
    return value


def _holdout(value: object, exact: ValidatorFunctionWrapHandler) -> Fraction:
    try:
        part: Fraction = exact(value)
    except ValidationError:
        part = Fraction(-1)
    if not 0 <= part <= Fraction(1, 2):
        raise ValueError('write an exact part of one, at most a half: "1/20" is one member in twenty')
    return part


ClockTime = Annotated[str, AfterValidator(_clock)]
Audience = Annotated[dict[str, Any], AfterValidator(_audience)]
Holdout = Annotated[Rate, WrapValidator(_holdout)]


class JourneyStep(Part):
    """[[journeys.steps]] one message, and what comes with it."""

    days: Annotated[int, Field(strict=True, ge=-366, le=366)] = 0
    """So many days after what the journey is about; before it with a minus. `days = -30`"""
    at: ClockTime | None = None
    """The time of day where the member lives; without it at the very time of what the journey is about, or at 10:00.
    `at = "09:30"`"""
    hours: Annotated[int, Field(strict=True, ge=1, le=720)] = 24
    """For so many hours it is still worth sending; later it is not sent. `hours = 12`"""
    text: Words
    """What it says: Telegram HTML with {placeholders}.
    `text = { en = "Happy birthday, {name}!", zh-Hans = "{name}，生日快乐！" }`"""
    button: Words = {}
    """What stands on a button below it, if there is one. `button = { en = "My coupons", zh-Hans = "我的优惠券" }`"""
    opens: Opens | None = None
    """What that button opens; `"review"`, for `on = "purchase"`, needs none: one to five stars stand below it.
    `opens = "coupons"`"""
    coupon: Id | None = None
    """A coupon of this template comes with it, once, whether or not the message arrives. `coupon = "birthday-10"`"""
    points: Annotated[Points, Field(ge=1)] | None = None
    """So many points come with it, once, whether or not the message arrives. `points = 50`"""

    @property
    def clock(self) -> time:
        return time.fromisoformat(self.at or "10:00")

    @property
    def gives(self) -> bool:
        return self.coupon is not None or self.points is not None


class Journey(Part):
    """[[journeys]] care messages: what they are about, for whom, when, and what ends them. see docs/care.md."""

    id: Id
    """What the books call it. `id = "birthday"`"""
    name: Words
    """What members and staff read. `name = { en = "Birthday wishes", zh-Hans = "生日祝福" }`"""
    on: Trigger
    """What it is about; docs/care.md lists them. `on = "birthday"`"""
    nth: Count | None = None
    """For `"purchase"`: only the member's so manieth. `nth = 1`"""
    festival: FestivalName | None = None
    """For `"festival"`: its name in the calendar. `festival = "mid_autumn"`"""
    date: MonthDay | None = None
    """… or its day of every year. `date = "10-18"`"""
    stage: Stage | None = None
    """For `"stage"`: the stage of the life cycle that the member is in. `stage = "silent"`"""
    months: Months | None = None
    """For `"dormant"`: so many months after the last purchase. `months = 24`"""
    reward: Id | None = None
    """For `"reward_in_reach"`: the reward. `reward = "tote"`"""
    missing: Points = 0
    """… and how many points may still be missing. `missing = 50`"""
    least: Annotated[Points, Field(ge=1)] = 1
    """For `"points_expire"`: fewer points are not worth a message. `least = 50`"""
    audience: Audience | None = None
    """For whom: a filter as in docs/segments.md; without it for everybody.
    `audience = { fact = "tier", is = "at_least", value = "gold" }`"""
    once: Literal["each", "month", "year", "ever"] = "each"
    """How often a member gets it at most: each time, or once in a calendar month, a calendar year, or ever.
    `once = "month"`"""
    ends: list[Exit] = []
    """What ends it for a member before its last step: a `"purchase"` since it began, or that the coupon that came with
    it was used (`"coupon_used"`). `ends = ["purchase"]`"""
    kind: Literal["transactional", "care", "promo"] = "care"
    """How its messages are treated: `"promo"` counts towards the caps, `"transactional"` knows no quiet hours.
    `kind = "promo"`"""
    purpose: Literal["membership", "offers", "care", "statement"] | None = None
    """The consent that it needs; without it that of its kind (membership, care, offers). `purpose = "statement"`"""
    priority: Annotated[int, Field(strict=True, ge=0, le=100)] = 50
    """Where several are due at once the higher one goes first. `priority = 80`"""
    holdout: Holdout = Fraction(0)
    """The part of members that gets nothing, to measure what it does. `holdout = "1/20"`"""
    steps: Annotated[list[JourneyStep], Field(min_length=1, max_length=12)]
    """Its messages. `[[journeys.steps]]`"""

    @property
    def source(self) -> str:
        """What its deliveries and gifts are called in the books."""
        return f"journey:{self.id}"

    @property
    def filter(self) -> Filter | None:
        return None if self.audience is None else Filter.model_validate(self.audience)
