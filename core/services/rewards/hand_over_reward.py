"""The till hands over what was paid for with points."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import Row
from sqlmodel import Session

from core.db import reward_queries as queries
from core.db.ledger_queries import lock_account
from core.rules.refusal import Refused
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

OrderCode = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=32)]


class HandOver(Wish):
    code: OrderCode


class HandedOver(Result):
    """money: minor units to take at the till."""

    code: str
    member_id: int
    reward: str
    money: int


def hand_over_reward(shop: Shop, caller: Caller, wish: HandOver) -> HandedOver:
    """Once an order. Refused: order-unknown, order-handed-over, order-cancelled, order-lapsed (cancelling it gives the
    points back), prize-lapsed."""

    def work(session: Session) -> HandedOver:
        order = locked_order(session, wish.code)
        if order.status != "open":
            raise Refused(f"order-{order.status.replace('_', '-')}", code=order.code)
        if shop.now() >= order.fetch_until:
            if is_prize(order):
                raise Refused("prize-lapsed", code=order.code, fetch_until=order.fetch_until.isoformat())
            raise Refused("order-lapsed", code=order.code, fetch_until=order.fetch_until.isoformat())
        queries.set_status(session, order.id, "handed_over")
        return HandedOver(code=order.code, member_id=order.member_id, reward=order.reward, money=order.money)

    return once(shop, caller, wish, HandedOver, work)


def is_prize(order: Row[Any]) -> bool:
    """Whether it is for goods that were won: nothing was paid that could come back."""
    return ":" in order.reward


def locked_order(session: Session, code: str) -> Row[Any]:
    """The order, once its member's account is ours alone. Refused: order-unknown."""
    lock_account(session, _order(session, code).member_id)
    return _order(session, code)


def _order(session: Session, code: str) -> Row[Any]:
    order = queries.order_by_code(session, code)
    if order is None:
        raise Refused("order-unknown", code=code)
    return order
