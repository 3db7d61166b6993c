"""What a day's spend and a rise bring, and what a draw takes: of the day first, which lapses with it, then of gifts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.program.benefits import Benefit, Daily, Step
from core.program.schema import Program
from core.rules.contributions import Contribution, ProgramAt, Rise, moments
from core.rules.refusal import Refusal
from core.rules.terms import business_day


@dataclass(frozen=True, slots=True)
class Left:
    """What can be drawn, in the benefit's unit. daily: of today's; gift: of gifts. Neither is negative."""

    daily: int
    gift: int

    @property
    def total(self) -> int:
        return self.daily + self.gift


def of_day(daily: Daily | None, spend: int) -> int:
    """What so much spending on one day brings for that day."""
    if daily is None:
        return 0
    brought = sum(_of_step(step, spend) for step in daily.steps if spend >= step.spend)
    return brought if daily.most is None else min(brought, daily.most)


def _of_step(step: Step, spend: int) -> int:
    return step.gives if step.each is None else step.gives * ((spend - step.spend) // step.each)


def spend_of_day(program: Program, contributions: Iterable[Contribution], measure: str | None, at: datetime) -> int:
    """What counts of the business day of `at`, after refunds, in minor units."""
    zone: ZoneInfo = program.program.zone
    today = business_day(at, zone)
    of_today = [each for each in moments(contributions, at) if business_day(each.at, zone) == today]
    return sum(each.sum(program, measure) for each in of_today)


def gifts_due(program_at: ProgramAt, rises: Iterable[Rise]) -> dict[tuple[str, str], int]:
    """What these rises brought in all, by benefit and tier, each by the program of its own time."""
    due: dict[tuple[str, str], int] = {}
    for rise in rises:
        for benefit in program_at(rise.at).benefits:
            for gift in benefit.gifts:
                if gift.tier == rise.to_tier and (not gift.held or rise.from_tier in gift.held):
                    due[benefit.id, gift.tier] = due.get((benefit.id, gift.tier), 0) + gift.amount
    return due


def entitled(benefit: Benefit, tier: str) -> bool:
    return not benefit.tiers or tier in benefit.tiers


def draw(benefit: Benefit, tier: str, left: Left, amount: int) -> Left | Refusal:
    """What a draw takes of each. Refusals: benefit-not-drawn, benefit-not-for-tier, benefit-short."""
    if benefit.unit is None:
        return Refusal("benefit-not-drawn", {"benefit": benefit.id})
    if not entitled(benefit, tier):
        return Refusal("benefit-not-for-tier", {"benefit": benefit.id, "tier": tier, "tiers": list(benefit.tiers)})
    if amount > left.total:
        return Refusal("benefit-short", {"benefit": benefit.id, "needed": amount, "available": left.total})
    of_today = min(left.daily, amount)
    return Left(of_today, amount - of_today)
