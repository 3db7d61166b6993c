"""The rewards catalogue as one member sees it, and the rewards that member took."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Row, func, select
from sqlmodel import Session

from core.db.counters import used
from core.db.coupons import coupons
from core.db.members import one_person
from core.db.rewards import reward_orders
from core.insight.balance import balance
from core.insight.coupons import CouponTerms, coupon_terms
from core.insight.tier import standing
from core.program.schema import Program, Reward, Words
from core.rules import redemption as rules
from core.rules.refusal import Refused
from core.shop import Shop


class PriceView(BaseModel):
    """One of the alternatives, by its place in the list. money: minor units."""

    points: int
    money: int
    affordable: bool
    missing_points: int


class RewardView(BaseModel):
    """prices: for the member's tier. allowed: the tier may take it. available: and stock and the member's limit let it
    be taken now. affordable, missing_points: by the cheapest alternative. stock_left: None without a limit."""

    id: str
    name: Words
    description: Words
    prices: list[PriceView]
    affordable: bool
    missing_points: int
    allowed: bool
    tiers: list[str]
    available: bool
    stock_left: int | None
    left_for_member: int | None
    coupon: CouponTerms | None
    claim_days: int


class OrderView(BaseModel):
    """status: open, handed_over, cancelled, lapsed (not fetched in time). reward: its id; of a prize that was won, the
    prize draw's and the prize's: `spring:mug`."""

    code: str
    member_id: int
    reward: str
    name: Words
    points: int
    money: int
    status: str
    at: datetime
    fetch_until: datetime
    coupon_code: str | None


def catalogue(shop: Shop, session: Session, member_id: int) -> list[RewardView]:
    """What is within reach first, then what the fewest points are missing for, then what cannot be taken at all.

    Refused: unknown-member.
    """
    program = shop.version_at(session, shop.now()).program
    tier = standing(shop, session, member_id).tier
    active = balance(shop, session, member_id).active
    gone = used(session)
    taken = _taken(session, member_id)
    views = [
        _view(program, reward, tier, active, gone.get(f"reward:{reward.id}", 0), taken.get(reward.id, 0))
        for reward in program.rewards
    ]
    return sorted(views, key=lambda view: (not view.available, view.missing_points))


def reward(shop: Shop, session: Session, member_id: int, reward_id: str) -> RewardView:
    """One of the catalogue. Refused: unknown-member, reward-unknown."""
    for view in catalogue(shop, session, member_id):
        if view.id == reward_id:
            return view
    raise Refused("reward-unknown", reward=reward_id)


def orders(shop: Shop, session: Session, member_id: int, limit: int = 20) -> list[OrderView]:
    """The rewards that the member took, newest first."""
    mine = _orders().where(one_person(reward_orders.c.member_id, member_id)).order_by(reward_orders.c.id.desc())
    return [_order_view(shop, session, row) for row in session.execute(mine.limit(limit))]


def order(shop: Shop, session: Session, code: str) -> OrderView:
    """Refused: order-unknown."""
    row = session.execute(_orders().where(reward_orders.c.code == code)).one_or_none()
    if row is None:
        raise Refused("order-unknown", code=code)
    return _order_view(shop, session, row)


def _view(program: Program, reward: Reward, tier: str, active: int, gone: int, taken: int) -> RewardView:
    prices = [
        PriceView(
            points=each.points,
            money=each.money,
            affordable=each.points <= active,
            missing_points=max(0, each.points - active),
        )
        for each in rules.prices(reward, tier)
    ]
    stock_left = None if reward.stock is None else max(0, reward.stock - gone)
    allowed = rules.allowed(reward, tier) is None
    template = program.coupon(reward.coupon) if reward.coupon else None
    return RewardView(
        id=reward.id,
        name=reward.name,
        description=reward.description,
        prices=prices,
        affordable=any(each.affordable for each in prices),
        missing_points=min(each.missing_points for each in prices),
        allowed=allowed,
        tiers=list(reward.tiers),
        available=allowed and stock_left != 0 and rules.within_limit(reward, taken) is None,
        stock_left=stock_left,
        left_for_member=None if reward.per_member is None else max(0, reward.per_member - taken),
        coupon=coupon_terms(template) if template else None,
        claim_days=reward.claim_days,
    )


def _taken(session: Session, member_id: int) -> dict[str, int]:
    mine = (one_person(reward_orders.c.member_id, member_id), reward_orders.c.status != "cancelled")
    query = select(reward_orders.c.reward, func.count().label("taken")).where(*mine).group_by(reward_orders.c.reward)
    return {row.reward: row.taken for row in session.execute(query)}


def _orders() -> Any:
    joined = reward_orders.outerjoin(coupons, coupons.c.id == reward_orders.c.coupon_id)
    return select(reward_orders, coupons.c.code.label("coupon_code")).select_from(joined)


def _order_name(program: Program, ordered: str) -> Words | None:
    """Of a reward, or of a prize as `spring:mug`."""
    won = program.won(ordered)
    reward = program.reward(ordered)
    return won.name if won else reward.name if reward else None


def _order_view(shop: Shop, session: Session, row: Row[Any]) -> OrderView:
    name = _order_name(shop.version_at(session, row.at).program, row.reward)
    lapsed = row.status == "open" and shop.now() >= row.fetch_until
    return OrderView(
        code=row.code,
        member_id=row.member_id,
        reward=row.reward,
        name=name or {"en": row.reward},
        points=row.points,
        money=row.money,
        status="lapsed" if lapsed else row.status,
        at=row.at,
        fetch_until=row.fetch_until,
        coupon_code=row.coupon_code,
    )
