"""Members who may be one person, the likeliest first, with what they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import Integer, Row, and_, case, cast, func, literal_column, or_, select
from sqlmodel import Session

from core.db.members import members
from core.db.merges import member_traits
from core.rules.traits import SURE, WEIGHTS

Shared = Literal["card", "person", "phone"]
KINDS: tuple[Shared, ...] = ("card", "person", "phone")
MOST_ALIKE = 20
"""A trait that more members share tells nothing: a birthday that somebody at the till made up."""
MAX_PAGE = 200


class Alike(BaseModel):
    """One of the two."""

    id: int
    card_number: str
    name: str
    phone: str | None


class Duplicate(BaseModel):
    """score: 1 to 100. shared: what they have in common: card, person (name and birthday), phone."""

    first: Alike
    second: Alike
    score: int
    shared: list[Shared]


class Place(BaseModel):
    """Where a page ends."""

    score: int
    first: int
    second: int


def duplicates(session: Session, after: Place | None = None, limit: int = 50) -> list[Duplicate]:
    """At most `limit` (to 200) pairs, from behind that place, by score and then by id. Merged and forgotten members are
    none. A page reads every trait that is shared, from an index of these alone, however many members there are."""
    mine, others = member_traits.alias("mine"), member_traits.alias("others")
    common = (
        select(member_traits.c.kind, member_traits.c.value)
        .where(literal_column("member_trait.alike"))
        .group_by(member_traits.c.kind, member_traits.c.value)
        .having(func.count().between(2, MOST_ALIKE))
        .cte("common")
    )
    weight = case(WEIGHTS, value=mine.c.kind)
    total = cast(func.sum(weight), Integer)
    capped = case((total > SURE, SURE), else_=total)
    query = (
        select(mine.c.member_id.label("first"), others.c.member_id.label("second"), capped.label("score"))
        .select_from(common)
        .join(mine, and_(mine.c.kind == common.c.kind, mine.c.value == common.c.value))
        .join(others, and_(others.c.kind == common.c.kind, others.c.value == common.c.value))
        .where(mine.c.member_id < others.c.member_id, literal_column("mine.alike"), literal_column("others.alike"))
        .group_by(mine.c.member_id, others.c.member_id)
    )
    if after is not None:
        later = or_(
            mine.c.member_id > after.first, and_(mine.c.member_id == after.first, others.c.member_id > after.second)
        )
        query = query.having(or_(capped < after.score, and_(capped == after.score, later)))
    ordered = query.order_by(capped.desc(), mine.c.member_id, others.c.member_id)
    return _told(session, session.execute(ordered.limit(min(limit, MAX_PAGE))).all())


def _told(session: Session, pairs: Sequence[Row[Any]]) -> list[Duplicate]:
    ids = {each for row in pairs for each in (row.first, row.second)}
    columns = [members.c[name] for name in Alike.model_fields]
    found = session.execute(select(*columns).where(members.c.id.in_(ids)))
    people = {row.id: Alike.model_validate(row._mapping) for row in found}
    known: dict[int, dict[str, str]] = {each: {} for each in ids}
    for trait in session.execute(select(member_traits).where(member_traits.c.member_id.in_(ids))):
        known[trait.member_id][trait.kind] = trait.value
    return [
        Duplicate(
            first=people[row.first],
            second=people[row.second],
            score=row.score,
            shared=[kind for kind in KINDS if kind in known[row.first] and _same(known, row, kind)],
        )
        for row in pairs
    ]


def _same(known: dict[int, dict[str, str]], pair: Row[Any], kind: str) -> bool:
    return known[pair.first][kind] == known[pair.second].get(kind)
