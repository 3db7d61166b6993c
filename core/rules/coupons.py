"""What a coupon is worth on a purchase, when it counts and how many there may be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from core.program.schema import AmountOff, CouponTemplate, Fixed, Relative, under
from core.program.seasons import Season
from core.rules.refusal import Refusal
from core.rules.seasons import season_at
from core.rules.terms import days_after

State = Literal["issued", "redeemed", "void", "lapsed", "not_yet"]


class Line(Protocol):
    """A line of a purchase; unit_price in minor units."""

    @property
    def category(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def unit_price(self) -> int: ...


def discount(template: CouponTemplate, lines: Sequence[Line], taken: int = 0) -> int | Refusal:
    """Minor units off this purchase; `taken` is what other coupons already took off it.

    Percentages round down. Never more than the eligible lines, nor than what is left to pay.
    Refusals: coupon-no-eligible-lines, coupon-min-spend, coupon-worth-nothing.
    """
    eligible = eligible_amount(template, lines)
    if eligible == 0:
        return Refusal("coupon-no-eligible-lines", {"categories": list(template.categories)})
    if eligible < template.min_spend:
        return Refusal("coupon-min-spend", {"min_spend": template.min_spend, "eligible": eligible})
    left = sum(line.quantity * line.unit_price for line in lines) - taken
    off = min(_off(template, eligible), eligible, left)
    if off <= 0:
        return Refusal("coupon-worth-nothing", {"eligible": eligible, "taken": taken})
    return off


def eligible_amount(template: CouponTemplate, lines: Sequence[Line]) -> int:
    """The minor units of the lines that the template is for; one without categories is for all."""
    return sum(line.quantity * line.unit_price for line in lines if _eligible(template, line))


def _eligible(template: CouponTemplate, line: Line) -> bool:
    return not template.categories or under(line.category, template.categories) is not None


def _off(template: CouponTemplate, eligible: int) -> int:
    if isinstance(template.discount, AmountOff):
        return template.discount.amount
    off = eligible * template.discount.percent // 10_000
    return off if template.discount.cap is None else min(off, template.discount.cap)


def window(validity: Relative | Fixed | Season, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From (inclusive) and until (exclusive), for a coupon issued at that time: the day of issue is the first of its
    days; of its seasons it is good in the one that runs, else in the next."""
    if isinstance(validity, Fixed):
        return validity.since, validity.until
    if isinstance(validity, Season):
        return season_at(validity, at, zone)
    return at, days_after(at, validity.days, zone)


def limited_from(template: CouponTemplate, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Where the season begins that the limits of one issued at that time count in; None: they count in all."""
    return window(template.validity, at, zone)[0] if isinstance(template.validity, Season) else None


def state(status: str, valid_from: datetime, valid_until: datetime, now: datetime) -> State:
    """How a coupon stands now; that it lapsed is read off the clock, not stored."""
    if status == "redeemed":
        return "redeemed"
    if status == "void":
        return "void"
    if now >= valid_until:
        return "lapsed"
    return "issued" if now >= valid_from else "not_yet"


def usable(stands: State, valid_from: datetime, valid_until: datetime) -> Refusal | None:
    """Refusals: coupon-used, coupon-void, coupon-lapsed, coupon-not-yet-valid."""
    match stands:
        case "redeemed":
            return Refusal("coupon-used")
        case "void":
            return Refusal("coupon-void")
        case "lapsed":
            return Refusal("coupon-lapsed", {"valid_until": valid_until.isoformat()})
        case "not_yet":
            return Refusal("coupon-not-yet-valid", {"valid_from": valid_from.isoformat()})
        case "issued":
            return None


def stackable(template: CouponTemplate, others: Sequence[CouponTemplate]) -> Refusal | None:
    """May it join the coupons already on the purchase? Only if all of them, itself included, say `together`."""
    alone = [each.id for each in [template, *others] if each.stacking == "alone"]
    if others and alone:
        return Refusal("coupon-not-stackable", {"alone": alone})
    return None


def issuable(template: CouponTemplate, held: int, until: datetime, now: datetime) -> Refusal | None:
    """`held`: how many of them this member was given, void ones not counted; where it has seasons, in this one. The
    total is a counter's matter.

    Refusals: coupon-lapsed when its fixed time is over, coupon-limit-per-member.
    """
    if now >= until:
        return Refusal("coupon-lapsed", {"valid_until": until.isoformat()})
    if template.per_member is not None and held >= template.per_member:
        return Refusal("coupon-limit-per-member", {"limit": template.per_member})
    return None
