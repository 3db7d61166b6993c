"""A reward is not wanted after all: the points return to where they came from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from core.db import coupon_queries, reward_queries
from core.db.audit_log import note
from core.db.counters import give_back
from core.insight.coupons import counter_of as coupon_counter
from core.rules.refusal import Refused
from core.services.books.books import Books
from core.services.books.explanations import explanation
from core.services.books.goals import mend_goals
from core.services.books.posting import Book, Draft
from core.services.books.settling import settle
from core.services.books.stored_records import StoredRecords
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.services.rewards.hand_over_reward import OrderCode, is_prize, locked_order
from core.services.rewards.redeem_reward import counter_of as reward_counter
from core.shop import Shop


class CancelReward(Wish):
    code: OrderCode


class RewardCancelled(Result):
    """points: what came back; some of it may have lapsed again at once, as the balance shows."""

    code: str
    member_id: int
    reward: str
    points: int
    balance: int


def cancel_reward(shop: Shop, caller: Caller, wish: CancelReward) -> RewardCancelled:
    """Undo an order whose goods were not fetched or whose coupon was not used. Points return to the same lots.

    Refused: order-unknown, order-cancelled, order-handed-over, coupon-used, prize-not-cancelled.
    """

    def work(session: Session) -> RewardCancelled:
        order = locked_order(session, wish.code)
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            book = books.of_record(order.member_id)
            give_back(session, cancel_order(shop, session, book, order))
            kept = books.kept(book)
        note(session, book.now, caller.actor, "cancel_reward", f"reward_order:{order.id}", {"code": order.code})
        return RewardCancelled(
            code=order.code,
            member_id=kept.member_id,
            reward=order.reward,
            points=order.points,
            balance=kept.balance,
        )

    return once(shop, caller, wish, RewardCancelled, work)


def cancel_order(shop: Shop, session: Session, book: Book, order: Row[Any]) -> list[str]:
    """The same with the member's account open already; the counters that are to be given back."""
    if is_prize(order):
        raise Refused("prize-not-cancelled", code=order.code)
    if order.status == "cancelled" or (order.status == "handed_over" and order.coupon_id is None):
        raise Refused(f"order-{order.status.replace('_', '-')}", code=order.code)
    freed = [reward_counter(order.reward)] if _has_stock(shop, session, order) else []
    if order.coupon_id is not None:
        coupon = coupon_queries.coupon_by_id(session, order.coupon_id)
        freed += void_coupon(shop, session, book, coupon, "reward cancelled")
    reward_queries.set_status(session, order.id, "cancelled")
    give_points_back(book, order)
    return freed


def give_points_back(book: Book, order: Any) -> None:
    """What an order took returns to its lots. order: id, code, reward, points, entry_id."""
    book.give_back(_draft(book, order))
    mend_goals(book)
    settle(book, book.now)


def void_coupon(shop: Shop, session: Session, book: Book, coupon: Row[Any], why: str) -> list[str]:
    """Void an unused coupon; the counters (none or one) of which one is free again. Refused: coupon-used."""
    if coupon.status == "redeemed":
        raise Refused("coupon-used", code=coupon.code)
    coupon_queries.mark_void(session, coupon, why, book.now, book.caller.actor)
    program = shop.version(session, coupon.program_version).program
    template = program.coupon(coupon.template)
    if template is None or template.total is None:
        return []
    return [coupon_counter(program, template, coupon.valid_from)]


def _has_stock(shop: Shop, session: Session, order: Row[Any]) -> bool:
    """Whether the program under which it was ordered counted the reward."""
    version = reward_queries.version_of_order(session, order.id)
    reward = shop.version(session, version).program.reward(order.reward)
    return reward is not None and reward.stock is not None


def _draft(book: Book, order: Any) -> Draft:
    rule = f"reward:{order.reward}"
    version = book.records.version_at(book.now).id
    inputs = {"order": order.code, "reward": order.reward, "entry": order.entry_id}
    why = explanation(rule, version, inputs, {"do": "give_back", "reward": order.reward, "points": order.points})
    return Draft("reversal", order.points, rule, why, book.now, rule, version, corrects_id=order.entry_id)
