"""The most that an earning rule brings a member in a business day and in a calendar month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.program.schema import EarningRule, Program
from core.rules.terms import business_day, plus_months, start_of_day


@dataclass(frozen=True, slots=True)
class Earned:
    """What a rule has brought by earlier purchases of the same business day and of the same calendar month."""

    today: int = 0
    this_month: int = 0


NOTHING = Earned()


def is_capped(rule: EarningRule) -> bool:
    return rule.cap_per_day is not None or rule.cap_per_month is not None


def capped_rules(program: Program) -> list[EarningRule]:
    return [rule for rule in program.earning.rules if is_capped(rule)]


def capped(rule: EarningRule, points: int, earned: Earned) -> tuple[int, list[dict[str, Any]]]:
    """What is left of so many points, and the caps that took something off, as data."""
    hit: list[dict[str, Any]] = []
    for cap, limit, before in (
        ("day", rule.cap_per_day, earned.today),
        ("month", rule.cap_per_month, earned.this_month),
    ):
        if limit is not None and points > max(0, limit - before):
            points = max(0, limit - before)
            hit.append({"cap": cap, "limit": limit, "before": before, "points": points})
    return points, hit


def day_of(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The business day of a moment, half-open."""
    day = business_day(at, zone)
    return start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)


def month_of(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The calendar month of a moment, half-open."""
    first: date = business_day(at, zone).replace(day=1)
    return start_of_day(first, zone), start_of_day(plus_months(first, 1), zone)
