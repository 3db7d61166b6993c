"""What a journey's message says to one member: every placeholder as words of the member's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.program.journeys import Journey, JourneyStep
from core.program.rewards import Price
from core.program.schema import Program, words
from core.rules.coupons import window
from core.rules.terms import business_day
from core.words import figures
from core.words.sentences import Sentences

JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Told:
    """For one message. row: of core.db.care_queries; more: what else is known of the occasion; about: the day."""

    program: Program
    journey: Journey
    step: JourneyStep
    language: str
    row: Any
    more: Mapping[str, Any]
    about: date
    now: datetime


def filling(told: Told, names: Sequence[str]) -> dict[str, str]:
    """The words for these placeholders."""
    return {name: _FILLERS[name](told) for name in names}


def _tier(tier: str, told: Told) -> str:
    return Sentences(told.program, told.language).name("tier", tier)


def _points(count: int, told: Told) -> str:
    return figures.points(count, told.language)


def _day(day: date, told: Told) -> str:
    return figures.day(told.program, day, told.language)


def _last_bought(told: Told) -> str:
    return _day(business_day(told.row.last_at, told.program.program.zone), told)


def _last_lapsing(told: Told) -> date:
    return business_day(told.row.last_at - JUST_BEFORE, told.program.program.zone)


def _festival(told: Told) -> str:
    name = told.journey.festival
    return Sentences(told.program, told.language).say(f"festival.{name}", {}) if name else _name(told)


def _name(told: Told) -> str:
    return words(told.journey.name, told.language)


def _missing(told: Told) -> str:
    """To a tier in money or points, whichever the tier asks for, the money first; to a reward in points."""
    if told.journey.on == "reward_in_reach":
        return _points(max(0, told.more["prices"][told.row.tier].points - told.row.balance), told)
    spend, points = told.more["missing"]
    if 0 in (spend, points):  # what counts would do, if only it were looked at again: with any purchase it is
        return Sentences(told.program, told.language).say("care.any_purchase", {})
    return _points(points, told) if spend is None else figures.money(told.program, spend, told.language)


def _reward(told: Told) -> str:
    return Sentences(told.program, told.language).name("reward", told.journey.reward or "")


def _price(price: Price, told: Told) -> str:
    facts = {"points": price.points, "money": price.money}
    return (
        Sentences(told.program, told.language).say("care.price", facts) if price.money else _points(price.points, told)
    )


def _gift(told: Told) -> str:
    return Sentences(told.program, told.language).name("coupon", told.step.coupon or "")


def _gift_until(told: Told) -> str:
    template = told.program.coupon(told.step.coupon or "")
    assert template is not None, told.step.coupon
    _, until = window(template.validity, told.now, told.program.program.zone)
    return figures.last_day(told.program, until, told.language)


_FILLERS: dict[str, Callable[[Told], str]] = {
    "name": lambda told: str(told.row.name),
    "shop": lambda told: words(told.program.program.name, told.language),
    "tier": lambda told: _tier(told.row.tier, told),
    "card": lambda told: str(told.row.card_number),
    "points": lambda told: _points(max(0, told.row.balance), told),
    "amount": lambda told: figures.money(told.program, told.row.amount, told.language),
    "years": lambda told: figures.number(told.more["years"], told.language),
    "expiring_points": lambda told: _points(int(told.row.points), told),
    "expires_on": lambda told: _day(told.more["until"], told),
    "expires_days": lambda told: figures.days(told.more["until"], _last_lapsing(told), told.language),
    "until": lambda told: _day(told.more["until"], told),
    "closes_on": lambda told: _day(told.about, told),
    "lapsing_coupon": lambda told: words(told.more["template"].name, told.language),
    "coupons": lambda told: figures.number(told.row.coupons, told.language),
    "from_tier": lambda told: _tier(told.row.from_tier, told),
    "missing": _missing,
    "falls_to": lambda told: _tier(told.more["falls_to"], told),
    "month": lambda told: figures.month(told.more["month"], told.language),
    "earned": lambda told: _points(told.more["earned"], told),
    "spent": lambda told: _points(told.more["spent"], told),
    "expired": lambda told: _points(told.more["expired"], told),
    "last": _last_bought,
    "festival": _festival,
    "reward": _reward,
    "price": lambda told: _price(told.more["prices"][told.row.tier], told),
    "coupon_name": _gift,
    "coupon_until": _gift_until,
    "gift_points": lambda told: _points(told.step.points or 0, told),
}
