"""What a member's own words are for the placeholders of a message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from core.db.among import among
from core.db.ledger import lots
from core.insight.tier import standing
from core.program.schema import Program, words
from core.rules.expiry import NEVER
from core.rules.message_text import placeholders
from core.rules.terms import business_day
from core.shop import Shop
from core.words import figures

Filling = dict[str, str]
_POINTS = {"points"}
_EXPIRING = {"expiring_points", "expires_on", "days_to_expiry"}
_STANDING = {"next_tier", "missing_spend", "missing_points"}
_LONGEST_NUMBER, _LONGEST_DAY = 20, 40


def used(texts: Collection[str]) -> set[str]:
    """The placeholders of these texts."""
    return set().union(*map(placeholders, texts))


def longest(program: Program) -> dict[str, int]:
    """The most UTF-16 code units that a placeholder becomes, of those for which there is a most."""
    texts = [text for tier in program.tiers for text in tier.name.values()]
    coupons = [text for coupon in program.coupons for text in coupon.name.values()]
    return {
        "name": 200,
        "card": 64,
        "store": 120,
        "tier": _units(texts),
        "next_tier": _units(texts),
        "shop": _units(program.program.name.values()),
        "coupon_code": 32,
        "coupon_name": _units(coupons),
        "coupon_until": _LONGEST_DAY,
        "expires_on": _LONGEST_DAY,
        **dict.fromkeys(("points", "expiring_points", "days_to_expiry", "missing_points"), _LONGEST_NUMBER),
        "missing_spend": 2 * _LONGEST_NUMBER,
    }


def _units(texts: Collection[str]) -> int:
    return max((len(text.encode("utf-16-le")) // 2 for text in texts), default=0)


def fillings(
    shop: Shop, session: Session, program: Program, names: Collection[str], rows: Sequence[Any]
) -> dict[int, Filling]:
    """By member, for what is asked; a name that a member has nothing for is not there. rows: id, card_number, name,
    language, store, tier of each. What a coupon fills comes with the coupon."""
    asked, now, ids = set(names), shop.now(), [row.id for row in rows]
    active = _active(session, ids, now) if asked & _POINTS else {}
    expiring = _expiring(session, ids, now) if asked & _EXPIRING else {}
    found: dict[int, Filling] = {}
    for row in rows:
        own = _own(program, row)
        own["points"] = _number(active.get(row.id, 0), row.language)
        if row.id in expiring:
            own |= _of_expiring(program, *expiring[row.id], row.language, now)
        if asked & _STANDING:
            own |= _of_standing(shop, session, program, row)
        found[row.id] = {name: own[name] for name in asked if own.get(name)}
    return found


def _own(program: Program, row: Any) -> Filling:
    return {
        "name": row.name,
        "card": row.card_number,
        "store": row.store or "",
        "tier": words(program.tier(row.tier).name, row.language),
        "shop": words(program.program.name, row.language),
    }


@lru_cache(10_000)
def _number(value: int, language: str) -> str:
    return figures.number(value, language)


def _active(session: Session, ids: Collection[int], now: datetime) -> dict[int, int]:
    """What each can spend now."""
    live = (among(lots.c.member_id, ids), lots.c.remaining > 0, lots.c.activates_at <= now, lots.c.expires_at > now)
    rows = session.execute(select(lots.c.member_id, func.sum(lots.c.remaining)).where(*live).group_by(lots.c.member_id))
    return {member_id: int(points) for member_id, points in rows}


def _expiring(session: Session, ids: Collection[int], now: datetime) -> dict[int, tuple[int, datetime]]:
    """How many points lapse next, and when; nobody who has none that lapse."""
    live = (among(lots.c.member_id, ids), lots.c.remaining > 0, lots.c.expires_at > now, lots.c.expires_at < NEVER)
    by = (lots.c.member_id, lots.c.expires_at)
    found: dict[int, tuple[int, datetime]] = {}
    for member_id, expires_at, points in session.execute(
        select(*by, func.sum(lots.c.remaining)).where(*live).group_by(*by).order_by(*by)
    ):
        found.setdefault(member_id, (int(points), expires_at))
    return found


def _of_expiring(program: Program, points: int, at: datetime, language: str, now: datetime) -> Filling:
    zone = program.program.zone
    days = (business_day(at, zone) - business_day(now, zone)).days
    return {
        "expiring_points": _number(points, language),
        "expires_on": figures.last_day(program, at, language),
        "days_to_expiry": _number(days, language),
    }


def _of_standing(shop: Shop, session: Session, program: Program, row: Any) -> Filling:
    ahead = standing(shop, session, row.id).next
    if ahead is None:
        return {}
    told = {"next_tier": words(program.tier(ahead.tier).name, row.language)}
    if ahead.spend is not None:
        told["missing_spend"] = figures.money(program, ahead.spend, row.language)
    if ahead.points is not None:
        told["missing_points"] = _number(ahead.points, row.language)
    return told
