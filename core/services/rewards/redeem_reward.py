"""Take a reward for points, and money on top where the price says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row
from sqlmodel import Session

from core.db import reward_queries as queries
from core.db.counters import take
from core.insight.members import member_of
from core.program.schema import Price, Reward
from core.rules import redemption as rules
from core.rules.expiry import Activity
from core.rules.refusal import Refused, granted
from core.rules.terms import days_after
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.goals import reach_goals
from core.services.books.idleness import stay_active
from core.services.books.posting import Book, Draft
from core.services.common import MemberRef, Result, Wish
from core.services.once import Caller, once
from core.services.rewards.issue_coupon import grant_coupon
from core.shop import Shop, Version

CODE_LENGTH = 10


class RewardWish(Wish):
    """price: which of the alternatives for the member's tier, from 0. points, money: the price the member agreed to,
    where one was shown; a price that changed since is then refused instead of charged."""

    member: MemberRef
    reward: Annotated[str, Field(min_length=1, max_length=40)]
    price: Annotated[int, Field(ge=0, le=100)] = 0
    points: int | None = None
    money: int | None = None


class RewardTaken(Result):
    """code: what the till is shown. money: minor units due at the till. fetch_until: exclusive. A coupon is handed over
    at once; goods are open until they are fetched."""

    order_id: int
    code: str
    reward: str
    status: str
    points: int
    money: int
    balance: int
    fetch_until: datetime
    coupon_code: str | None = None


def redeem_reward(shop: Shop, caller: Caller, wish: RewardWish) -> RewardTaken:
    """Pay for a reward: points, stock, coupon and order in one commit.

    Refused: unknown-member, reward-unknown, reward-not-for-tier, reward-limit, reward-no-such-price,
    reward-price-changed, points-short, reward-out-of-stock, and what issue_coupon refuses.
    """

    def work(session: Session) -> RewardTaken:
        member = member_of(session, wish.member)
        with open_book(shop, session, caller, member.id) as book:
            paid = pay_reward(book, wish)
            reward, price = paid.reward, paid.price
            coupon = grant_coupon(shop, session, book, reward.coupon, f"reward:{reward.id}") if reward.coupon else None
            if reward.stock is not None and not take(session, counter_of(reward.id), reward.stock):
                raise Refused("reward-out-of-stock", reward=reward.id, stock=reward.stock)
            values = {"code": shop.chance.code(CODE_LENGTH), **_order(book, paid, coupon)}
            order = queries.add_order(session, values, book.now)
        return RewardTaken(
            order_id=order.id,
            code=order.code,
            reward=reward.id,
            status=order.status,
            points=price.points,
            money=price.money,
            balance=book.balance,
            fetch_until=order.fetch_until,
            coupon_code=coupon.code if coupon is not None else None,
        )

    return once(shop, caller, wish, RewardTaken, work)


@dataclass(frozen=True, slots=True)
class Paid:
    """A reward that the points are paid for. fetch_until: exclusive."""

    reward: Reward
    price: Price
    entry_id: int
    fetch_until: datetime


def pay_reward(book: Book, wish: RewardWish) -> Paid:
    """With the member's account open already. Refused: as redeem_reward, but for what is gone at the shop."""
    version = book.records.version_at(book.now)
    reward, price = _decide(book, version, wish)
    entry = book.spend(_draft(book, version, reward, price, wish))
    if version.program.goals:
        reach_goals(book, version)
    stay_active(book, version, Activity(book.now, "reward"), entry.source)
    return Paid(reward, price, entry.id, days_after(book.now, reward.claim_days, version.program.program.zone))


def counter_of(reward_id: str) -> str:
    """The counter that holds how much of a reward's stock is gone."""
    return f"reward:{reward_id}"


def _decide(book: Book, version: Version, wish: RewardWish) -> tuple[Reward, Price]:
    """The reward and its price for this member, or Refused."""
    reward = version.program.reward(wish.reward)
    if reward is None:
        raise Refused("reward-unknown", reward=wish.reward)
    granted(rules.allowed(reward, book.tier))
    granted(rules.within_limit(reward, book.records.rewards_taken(book.member_id, reward.id)))
    price = granted(rules.price(reward, book.tier, wish.price))
    if wish.points not in (None, price.points) or wish.money not in (None, price.money):
        raise Refused("reward-price-changed", points=price.points, money=price.money)
    return reward, price


def _draft(book: Book, version: Version, reward: Reward, price: Price, wish: RewardWish) -> Draft:
    rule = f"reward:{reward.id}"
    inputs = {"reward": reward.id, "tier": book.tier, "price": wish.price}
    step = {"do": "pay_reward", "reward": reward.id, "points": price.points, "money": price.money}
    why = explanation(rule, version.id, inputs, step)
    return Draft("redemption", -price.points, rule, why, book.now, rule, version.id)


def _order(book: Book, paid: Paid, coupon: Row[Any] | None) -> dict[str, Any]:
    return {
        "member_id": book.member_id,
        "reward": paid.reward.id,
        "points": paid.price.points,
        "money": paid.price.money,
        "status": "handed_over" if coupon is not None else "open",
        "fetch_until": paid.fetch_until,
        "entry_id": paid.entry_id,
        "coupon_id": coupon.id if coupon is not None else None,
    }
