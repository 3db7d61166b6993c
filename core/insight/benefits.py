"""What a member has besides points, and how much of it can be drawn now."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session

from core.db import ledger_queries
from core.db.benefit_queries import Moved, moved
from core.insight.tier import contribution, standing
from core.program.benefits import Benefit
from core.program.schema import Program, Words
from core.rules.benefits import Left, entitled, of_day, spend_of_day
from core.rules.contributions import Contribution
from core.rules.terms import business_day, start_of_day
from core.shop import Shop


class BenefitView(BaseModel):
    """A benefit of the member's tier; without a unit nothing is counted and all four numbers are 0.

    gift: what gifts stood at when the day began, with today's. daily: what today's spend brings. drawn: today, of
    both. available: what can be drawn now: gift + daily - drawn, where no refund has come in between.
    """

    id: str
    name: Words
    text: Words
    partner: Words
    unit: str | None
    gift: int
    daily: int
    drawn: int
    available: int


def benefits_of(shop: Shop, session: Session, member_id: int) -> list[BenefitView]:
    """As of now, in the program's order. Refused: unknown-member, no-program."""
    now = shop.now()
    program = shop.version_at(session, now).program
    if not program.benefits:
        return []
    tier = standing(shop, session, member_id).tier
    stock = Stock(session, program, member_id, now)
    return [_view(benefit, stock) for benefit in program.benefits if entitled(benefit, tier)]


class Stock:
    """What one member has of every benefit at a moment."""

    def __init__(self, session: Session, program: Program, member_id: int, now: datetime) -> None:
        zone = program.program.zone
        today = business_day(now, zone)
        rows = ledger_queries.contributions(session, member_id, start_of_day(today, zone))
        self._facts: list[Contribution] = [contribution(row) for row in rows]
        self._moved = moved(session, member_id, today)
        self._program, self._now = program, now

    def moved(self, benefit: Benefit) -> Moved:
        return self._moved.get(benefit.id, Moved())

    def daily(self, benefit: Benefit) -> int:
        """What today's spend brings."""
        measure = benefit.daily.measure if benefit.daily else None
        return of_day(benefit.daily, spend_of_day(self._program, self._facts, measure, self._now))

    def left(self, benefit: Benefit) -> Left:
        """What can be drawn. A refund may leave less than was drawn: then nothing is left, and nothing is owed for
        the day, while a gift taken back is made good by the next one."""
        gone = self.moved(benefit)
        return Left(max(0, self.daily(benefit) - gone.daily_drawn), max(0, gone.gift))


def _view(benefit: Benefit, stock: Stock) -> BenefitView:
    gone = stock.moved(benefit)
    return BenefitView(
        id=benefit.id,
        name=benefit.name,
        text=benefit.text,
        partner=benefit.partner,
        unit=benefit.unit,
        gift=max(0, gone.gift + gone.gift_drawn),
        daily=stock.daily(benefit),
        drawn=gone.daily_drawn + gone.gift_drawn,
        available=stock.left(benefit).total,
    )
