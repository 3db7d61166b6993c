"""A till draws of what a member has besides points: two hours of parking."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlalchemy import insert
from sqlmodel import Session

from core.db.benefits import benefit_movements
from core.insight.benefits import Stock
from core.insight.members import member_id_of
from core.rules.benefits import draw
from core.rules.refusal import Refused, granted
from core.rules.terms import business_day
from core.services.books.books import open_book
from core.services.common import MemberRef, Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

DrawAmount = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class BenefitDraw(Wish):
    """amount: in the benefit's unit."""

    member: MemberRef
    benefit: Annotated[str, Field(min_length=1, max_length=40)]
    amount: DrawAmount


class BenefitDrawn(Result):
    """daily, gift: how much came out of today's and out of gifts. available: what is left now."""

    id: int
    member_id: int
    benefit: str
    unit: str
    amount: int
    daily: int
    gift: int
    available: int


def draw_benefit(shop: Shop, caller: Caller, wish: BenefitDraw) -> BenefitDrawn:
    """Today's comes first, because it lapses with the day; then gifts.

    Refused: unknown-member, benefit-unknown, benefit-not-drawn, benefit-not-for-tier, benefit-short.
    """
    return once(shop, caller, wish, BenefitDrawn, lambda session: _draw(shop, session, caller, wish))


def _draw(shop: Shop, session: Session, caller: Caller, wish: BenefitDraw) -> BenefitDrawn:
    with open_book(shop, session, caller, member_id_of(session, wish.member)) as book:
        version = shop.version_at(session, book.now)
        benefit = version.program.benefit(wish.benefit)
        if benefit is None:
            raise Refused("benefit-unknown", benefit=wish.benefit)
        left = Stock(session, version.program, book.member_id, book.now).left(benefit)
        taken = granted(draw(benefit, book.tier, left, wish.amount))
        values = {
            "member_id": book.member_id,
            "benefit": benefit.id,
            "kind": "draw",
            "daily": -taken.daily,
            "gift": -taken.gift,
            "tier": book.tier,
            "day": business_day(book.now, version.program.program.zone),
            "at": book.now,
            "actor": caller.actor,
            "idempotency_key": caller.key,
            "program_version": version.id,
        }
        row = session.execute(insert(benefit_movements).values(values).returning(benefit_movements.c.id))
        assert benefit.unit is not None
        return BenefitDrawn(
            id=row.scalar_one(),
            member_id=book.member_id,
            benefit=benefit.id,
            unit=benefit.unit,
            amount=wish.amount,
            daily=taken.daily,
            gift=taken.gift,
            available=left.total - wish.amount,
        )
