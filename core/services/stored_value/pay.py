"""A member buys with the money that the shop keeps for them."""

from __future__ import annotations

from sqlmodel import Session

from core.insight.members import member_of
from core.insight.stored_value import StoredValue
from core.rules.refusal import granted
from core.rules.stored_value import pay as takes_for
from core.services.books.explanations import explanation
from core.services.common import Amount, ExternalId, Label, MemberRef, Result, Wish
from core.services.once import Caller, once
from core.services.stored_value.purses import Draft, open_purse
from core.shop import Shop


class PaymentOrder(Wish):
    """amount: minor units. external_id: the till's own number of the payment, such as the receipt's."""

    external_id: ExternalId
    member: MemberRef
    amount: Amount
    store: Label


class Paid(Result):
    """paid_in, bonus: what of the amount came out of either money."""

    id: int
    external_id: str
    member_id: int
    amount: int
    paid_in: int
    bonus: int
    stored_value: StoredValue


def pay(shop: Shop, caller: Caller, order: PaymentOrder) -> Paid:
    """All or nothing. What is there can be spent even after the program has ceased to take top-ups.

    Refused: unknown-member, stored-value-short, external-id-reused, key-reused.
    """
    natural = f"payment:{order.external_id}"
    return once(shop, caller, order, Paid, lambda session: _pay(shop, session, caller, order), natural)


def _pay(shop: Shop, session: Session, caller: Caller, order: PaymentOrder) -> Paid:
    with open_purse(shop, session, caller, member_of(session, order.member).id) as purse:
        version = shop.version_at(session, purse.now)
        terms = version.program.stored_value
        first = terms.spend_first if terms is not None else "paid_in"
        takes = granted(takes_for(purse.held(), order.amount, first, purse.now))
        parts = purse.parts(takes)
        step = {"do": "pay", "amount": order.amount, **parts, "first": first}
        why = explanation("payment", version.id, {"store": order.store}, step)
        source = f"payment:{order.external_id}"
        draft = Draft("payment", "payment", why, source, version.id, order.store, order.external_id)
        return Paid(
            id=purse.move(draft, takes),
            external_id=order.external_id,
            member_id=purse.member_id,
            amount=order.amount,
            paid_in=parts["paid_in"],
            bonus=parts["bonus"],
            stored_value=purse.view(),
        )
