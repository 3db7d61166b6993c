"""Money paid out of stored value goes back, in any number of parts, to the very lots it came from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from core.db import stored_value_queries as queries
from core.insight.stored_value import StoredValue, stored_value
from core.rules.lots import Take
from core.rules.refusal import Refused, granted
from core.rules.stored_value import give_back
from core.services.books.explanations import explanation
from core.services.common import Amount, ExternalId, Label, Result, Wish
from core.services.once import Caller, once
from core.services.stored_value.joined_purses import carry_on
from core.services.stored_value.purses import Draft, open_purse
from core.shop import Shop

EntryId = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]


class PaymentRefund(Wish):
    """amount: minor units of the payment that come back. external_id: the till's own number of this refund."""

    payment_id: EntryId
    external_id: ExternalId
    amount: Amount
    store: Label


class PaymentRefunded(Result):
    """paid_in, bonus: what came back as either money. left: of the payment, to be refunded still."""

    id: int
    external_id: str
    payment_id: int
    amount: int
    paid_in: int
    bonus: int
    left: int
    stored_value: StoredValue


def refund_payment(shop: Shop, caller: Caller, order: PaymentRefund) -> PaymentRefunded:
    """What was taken last comes back first, as if less had been paid. Bonus money that is over by now comes back and
    lapses at once; so does what belongs to a top-up that was taken back meanwhile. What was paid with a card that was
    merged since goes on to the kept member.

    Refused: unknown-payment, unknown-member, refund-above-payment, external-id-reused, key-reused.
    """
    natural = f"payment_refund:{order.external_id}"
    return once(shop, caller, order, PaymentRefunded, lambda session: _refund(shop, session, caller, order), natural)


def _refund(shop: Shop, session: Session, caller: Caller, order: PaymentRefund) -> PaymentRefunded:
    payment = queries.entry(session, order.payment_id, "payment")
    if payment is None:
        raise Refused("unknown-payment", id=order.payment_id)
    with open_purse(shop, session, caller, payment.member_id, merged_too=True) as purse:
        held = [Take(row.lot_id, row.amount) for row in queries.held_of_payment(session, payment.id)]
        takes = granted(give_back(held, order.amount))
        back = {money: -out for money, out in purse.parts(takes).items()}
        left = sum(take.points for take in held) - order.amount
        paid = -payment.paid_in - payment.bonus
        step = {"do": "refund", "amount": order.amount, **back, "paid": paid, "left": left}
        version = shop.version_at(session, purse.now).id
        why = explanation("payment", version, {"store": order.store, "payment": payment.external_id}, step)
        source = f"payment_refund:{order.external_id}"
        draft = Draft("refund", "payment", why, source, version, order.store, order.external_id, payment.id)
        entry_id = purse.move(draft, takes)
        purse.lapse(not_before=purse.now)
        for take in takes:
            lot = queries.lot(session, queries.origin(session, take.lot_id))
            given = queries.entry(session, lot.entry_id, "bonus")
            top_up = given and queries.entry(session, given.corrects_id, "top_up")
            if top_up is not None:
                purse.withdraw_bonus(top_up, source, order.store)
        return PaymentRefunded(
            id=entry_id,
            external_id=order.external_id,
            payment_id=payment.id,
            amount=order.amount,
            paid_in=back["paid_in"],
            bonus=back["bonus"],
            left=left,
            stored_value=stored_value(shop, session, carry_on(purse)),
        )
