"""Reading what members got and drew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, or_, select
from sqlmodel import Session

from core.db.benefits import benefit_movements as movements
from core.db.members import one_person


@dataclass(frozen=True, slots=True)
class Moved:
    """gift: what is left of gifts, negative where more was drawn than a taken-back gift leaves. daily_drawn,
    gift_drawn: on the day asked for."""

    gift: int = 0
    daily_drawn: int = 0
    gift_drawn: int = 0


def moved(session: Session, member_id: int, day: date) -> dict[str, Moved]:
    """By benefit. What was drawn with a card that was merged counts; the gifts of rises are the kept member's own."""
    of_merged_card = and_(movements.c.kind == "draw", one_person(movements.c.member_id, member_id))
    drawn_then = and_(movements.c.kind == "draw", movements.c.day == day)
    query = (
        select(
            movements.c.benefit,
            _total(movements.c.gift),
            _total(case((drawn_then, -movements.c.daily), else_=0)),
            _total(case((drawn_then, -movements.c.gift), else_=0)),
        )
        .where(or_(movements.c.member_id == member_id, of_merged_card))
        .group_by(movements.c.benefit)
    )
    return {benefit: Moved(*sums) for benefit, *sums in session.execute(query)}


def gifts_of(session: Session, first: int, last: int) -> dict[int, dict[tuple[str, str], int]]:
    """What the members from one id to another were given for rises, less what was taken back, by benefit and tier."""
    columns = (movements.c.member_id, movements.c.benefit, movements.c.tier)
    query = (
        select(*columns, _total(movements.c.gift))
        .where(movements.c.member_id >= first, movements.c.member_id <= last, movements.c.kind == "gift")
        .group_by(*columns)
    )
    found: dict[int, dict[tuple[str, str], int]] = {}
    for member_id, benefit, tier, total in session.execute(query):
        found.setdefault(member_id, {})[benefit, tier] = total
    return found


def _total(amount: ColumnElement[int]) -> ColumnElement[int]:
    """A sum as the integer it is: PostgreSQL makes a numeric of it."""
    return cast(func.sum(amount), BigInteger)
