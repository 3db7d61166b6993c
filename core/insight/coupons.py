"""A member's coupons, as they stand now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Row, select
from sqlmodel import Session

from core.db.coupons import coupons as table
from core.db.members import kept_id, one_person
from core.program.schema import AmountOff, CouponTemplate, PercentOff, Program, Words
from core.rules.coupons import State, limited_from, state
from core.rules.refusal import Refused
from core.shop import Shop


class CouponTerms(BaseModel):
    """What the coupon of an offer or reward is worth. Money in minor units, percent in basis points."""

    template: str
    name: Words
    terms: Words
    discount: Annotated[AmountOff | PercentOff, Field(discriminator="kind")]
    min_spend: int
    categories: list[str]
    stacking: str


class CouponOut(CouponTerms):
    """status as of the reading; valid_from inclusive, valid_until exclusive; money in minor units."""

    code: str
    status: State
    valid_from: datetime
    valid_until: datetime
    source: str
    used_on: str | None = None
    saved: int | None = None


def coupons(
    shop: Shop, session: Session, member_id: int, states: Sequence[State] = ("issued", "not_yet")
) -> list[CouponOut]:
    """Those in the given states: what lapses first comes first, used and void ones after those that may be used."""
    found = [each for each in _read(shop, session, one_person(table.c.member_id, member_id)) if each.status in states]
    return sorted(found, key=lambda each: (each.status not in ("issued", "not_yet"), each.valid_until, each.code))


def coupon(shop: Shop, session: Session, code: str, member_id: int | None = None) -> CouponOut:
    """Refused: coupon-unknown; coupon-of-another-member when a member is named and it is not theirs."""
    row = session.execute(select(table).where(table.c.code == code)).one_or_none()
    if row is None:
        raise Refused("coupon-unknown", code=code)
    if member_id is not None and kept_id(session, row.member_id) != member_id:
        raise Refused("coupon-of-another-member", code=code)
    return coupon_out(row, template_of(shop, session, row), shop.now())


def counter_of(program: Program, template: CouponTemplate, at: datetime) -> str:
    """The counter that holds how many of a template are gone; where it has seasons, in that of one that is issued, or
    good from, then."""
    season = limited_from(template, at, program.program.zone)
    return f"coupon:{template.id}" if season is None else f"coupon:{template.id}:{season:%Y-%m-%d}"


def template_of(shop: Shop, session: Session, row: Row[Any]) -> CouponTemplate:
    """The template as it was when the coupon was issued: a coupon keeps its word, whatever the program says now."""
    template = shop.version(session, row.program_version).program.coupon(row.template)
    assert template is not None, f"version {row.program_version} issued {row.template} without knowing it"
    return template


def coupon_terms(template: CouponTemplate) -> CouponTerms:
    return CouponTerms(
        template=template.id,
        name=template.name,
        terms=template.terms,
        discount=template.discount,
        min_spend=template.min_spend,
        categories=list(template.categories),
        stacking=template.stacking,
    )


def coupon_out(row: Row[Any], template: CouponTemplate, now: datetime) -> CouponOut:
    return CouponOut(
        **dict(coupon_terms(template)),
        code=row.code,
        status=state(row.status, row.valid_from, row.valid_until, now),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        source=row.source,
        used_on=row.used_on,
        saved=row.discount,
    )


def _read(shop: Shop, session: Session, which: ColumnElement[bool]) -> list[CouponOut]:
    now = shop.now()
    rows = session.execute(select(table).where(which)).all()
    return [coupon_out(row, template_of(shop, session, row), now) for row in rows]
