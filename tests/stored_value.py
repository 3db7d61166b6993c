"""Short words for what tests do with stored value: top up, pay, bring back, look at the purse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.insight.stored_value import StoredValue, movements, stored_value
from core.insight.stored_value_report import StoredValueReport
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.stored_value.pay import Paid, PaymentOrder, pay
from core.services.stored_value.refund_payment import PaymentRefund, PaymentRefunded, refund_payment
from core.services.stored_value.take_back_top_up import TakeBackOrder, TakenBack, take_back_top_up
from core.services.stored_value.top_up import ToppedUp, TopUpOrder, top_up
from core.shop import Shop
from tests.shopping import TILL

TERMS = """
[stored_value]
least = 1000
most = 200000
most_held = 300000
bonuses = [{ from = 10000, gives = 1000 }, { from = 50000, percent = 1500 }]
bonus_months = 12
"""
"""¥100 and more bring ¥10, ¥500 and more 15 %."""
PREPAID = (Path(__file__).parent / "small.toml").read_text(encoding="utf-8") + TERMS


def tops_up(shop: Shop, member_id: int, number: str, amount: int, store: str = "north") -> ToppedUp:
    order = TopUpOrder(external_id=number, member=MemberRef(id=member_id), amount=amount, store=store)
    return top_up(shop, Caller(TILL, f"top_up:{number}"), order)


def pays(shop: Shop, member_id: int, number: str, amount: int, store: str = "north") -> Paid:
    order = PaymentOrder(external_id=number, member=MemberRef(id=member_id), amount=amount, store=store)
    return pay(shop, Caller(TILL, f"payment:{number}"), order)


def gets_back(shop: Shop, payment_id: int, number: str, amount: int, store: str = "north") -> PaymentRefunded:
    order = PaymentRefund(payment_id=payment_id, external_id=number, amount=amount, store=store)
    return refund_payment(shop, Caller(TILL, f"payment_refund:{number}"), order)


def takes_back(shop: Shop, top_up_id: int, number: str, amount: int | None = None, **more: Any) -> TakenBack:
    order = TakeBackOrder(top_up_id=top_up_id, external_id=number, amount=amount, **{"store": "north", **more})
    return take_back_top_up(shop, Caller("staff:bo", f"take_back:{number}"), order)


def purse(shop: Shop, member_id: int) -> tuple[int, int]:
    """Paid in and bonus."""
    held = view(shop, member_id)
    assert held.balance == held.paid_in + held.bonus
    return held.paid_in, held.bonus


def view(shop: Shop, member_id: int) -> StoredValue:
    with shop.read() as session:
        return stored_value(shop, session, member_id)


def moved(shop: Shop, member_id: int) -> list[tuple[str, int, int]]:
    """Kind, paid in and bonus of every movement, oldest first."""
    with shop.read() as session:
        found = movements(session, member_id, None, 200)
    return [(each.kind, each.paid_in, each.bonus) for each in reversed(found)]


def adds_up(told: StoredValueReport) -> None:
    """What is owed at the end is what was owed at the start and everything that came and went."""
    all_of_it = told.total
    for each in told.stores:
        assert min(each.topped_up, each.spent.paid_in, each.spent.bonus, each.refunded.bonus, each.lapsed) >= 0
    assert sum(each.payments for each in told.stores) == all_of_it.payments
    out = all_of_it.spent.paid_in + all_of_it.paid_out + all_of_it.corrected
    assert told.at_end.paid_in - told.at_start.paid_in == all_of_it.topped_up + all_of_it.refunded.paid_in - out
    out = all_of_it.spent.bonus + all_of_it.bonus_withdrawn + all_of_it.lapsed + all_of_it.written_off
    assert told.at_end.bonus - told.at_start.bonus == all_of_it.bonus_given + all_of_it.refunded.bonus - out
