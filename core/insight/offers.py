"""The offers for one member, ranked, each with its reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlmodel import Session

from core.db.counters import used
from core.db.coupon_queries import held as in_season
from core.db.coupons import coupons
from core.db.members import one_person, with_holder
from core.db.purchases import purchase_lines, purchases
from core.insight.coupons import CouponTerms, counter_of, coupon_terms
from core.insight.members import MemberRef, member_of
from core.insight.tier import standing
from core.program.schema import Offer, Program, Words
from core.rules.coupons import issuable, limited_from, window
from core.rules.offers import WINDOW_DAYS, Habit, Habits, Ranked, rank, shown
from core.rules.seasons import dated
from core.rules.terms import business_day
from core.shop import Shop


class OfferView(BaseModel):
    """reasons: as core.rules.offers.Ranked. claimed: its coupon is in the member's hands, unused."""

    id: str
    name: Words
    text: Words
    coupon: CouponTerms
    until: datetime | None
    reasons: list[dict[str, Any]]
    claimed: bool


def ranked(shop: Shop, session: Session, member_id: int) -> list[OfferView]:
    """What the member may claim, best first, then what is claimed already. An offer whose coupon the member cannot
    get (limits reached, time over) is left out. Refused: unknown-member."""
    now = shop.now()
    program = shop.version_at(session, now).program
    style = member_of(session, MemberRef(id=member_id)).style
    tier = standing(shop, session, member_id).tier
    habits = habits_of(session, program, member_id, now)
    in_hand = _in_hand(session, member_id, now)
    offers = [dated(offer, now, program.program.zone) for offer in program.offers]
    claimed = [offer for offer in offers if f"offer:{offer.id}" in in_hand]
    free = [each for each in _obtainable(session, program, member_id, now) if each not in claimed]
    best = [*rank(program, free, tier, style, habits, now), *rank(program, claimed, tier, style, habits, now)]
    return [_view(program, each, each.offer in claimed) for each in shown(best, style)]


def habits_of(session: Session, program: Program, member_id: int, now: datetime) -> Habits:
    """Purchases of the last WINDOW_DAYS by root category; what was wholly returned does not count."""
    query = (
        select(purchases.c.id, purchases.c.occurred_at, purchase_lines.c.category)
        .join(purchase_lines, purchase_lines.c.purchase_id == purchases.c.id)
        .where(
            one_person(purchases.c.member_id, member_id),
            with_holder(purchases.c.member_id, purchases.c.occurred_at),
            purchases.c.occurred_at > now - timedelta(days=WINDOW_DAYS),
            purchases.c.occurred_at <= now,
            purchases.c.refunded < purchases.c.total,
        )
    )
    zone = program.program.zone
    today = business_day(now, zone)
    seen: dict[str, dict[int, int]] = defaultdict(dict)
    for row in session.execute(query):
        seen[row.category.split("/", 1)[0]][row.id] = (today - business_day(row.occurred_at, zone)).days
    return {root: Habit(tuple(days.values())) for root, days in seen.items()}


def _in_hand(session: Session, member_id: int, now: datetime) -> set[str]:
    """Where the member's unused coupons come from."""
    unused = (one_person(coupons.c.member_id, member_id), coupons.c.status == "issued", coupons.c.valid_until > now)
    return set(session.execute(select(coupons.c.source).where(*unused)).scalars())


def _obtainable(session: Session, program: Program, member_id: int, now: datetime) -> Iterable[Offer]:
    """The offers whose coupon could be issued to the member now."""
    mine = (one_person(coupons.c.member_id, member_id), coupons.c.status != "void")
    held_query = select(coupons.c.template, func.count().label("held")).where(*mine).group_by(coupons.c.template)
    held = {row.template: row.held for row in session.execute(held_query)}
    gone = used(session)
    for offer in program.offers:
        template = program.coupon(offer.coupon)
        assert template is not None, f"offer {offer.id} names a coupon the program does not have"
        _, until = window(template.validity, now, program.program.zone)
        season = limited_from(template, now, program.program.zone)
        has = held.get(template.id, 0) if season is None else in_season(session, member_id, template.id, season)
        exhausted = template.total is not None and gone.get(counter_of(program, template, now), 0) >= template.total
        if not exhausted and issuable(template, has, until, now) is None:
            yield dated(offer, now, program.program.zone)


def _view(program: Program, each: Ranked, claimed: bool) -> OfferView:
    template = program.coupon(each.offer.coupon)
    assert template is not None
    return OfferView(
        id=each.offer.id,
        name=each.offer.name,
        text=each.offer.text,
        coupon=coupon_terms(template),
        until=each.offer.until,
        reasons=each.reasons,
        claimed=claimed,
    )
