"""A top-up is taken back, whole or in part: the member has the money again, or it had been keyed in by mistake."""

from __future__ import annotations

from typing import Any, Literal

from sqlmodel import Session

from core.db import stored_value_queries as queries
from core.db.audit_log import note
from core.db.members import kept_id
from core.insight.stored_value import StoredValue
from core.rules.refusal import Refused
from core.services.books.explanations import explanation
from core.services.common import Amount, ExternalId, Label, Result, Wish
from core.services.once import Caller, once
from core.services.stored_value.purses import Draft, Purse, open_purse, out_of
from core.services.stored_value.refund_payment import EntryId
from core.shop import Shop

KINDS = {"payout": "payout", "correction": "reversal"}
"""What the books call an entry of either cause."""


class TakeBackOrder(Wish):
    """amount: minor units; none: all of it that is left. cause: `payout` where the member gets the money, `correction`
    where there was none."""

    top_up_id: EntryId
    external_id: ExternalId
    amount: Amount | None = None
    cause: Literal["payout", "correction"] = "payout"
    store: Label


class TakenBack(Result):
    """amount: paid-in money that went. bonus: what of the top-up's bonus went with it. left: of the top-up."""

    id: int
    external_id: str
    top_up_id: int
    amount: int
    bonus: int
    left: int
    stored_value: StoredValue


def take_back_top_up(shop: Shop, caller: Caller, order: TakeBackOrder) -> TakenBack:
    """Only money paid in and not spent yet can go. The bonus that stays is that of topping up what stays, by the
    program that it was topped up under; what is spent of it stays spent. With a card that was merged since, both go
    from where they are now.

    Refused: unknown-top-up, unknown-member, card-merged, take-back-above-left, external-id-reused, key-reused.
    """
    natural = f"take_back:{order.external_id}"
    return once(shop, caller, order, TakenBack, lambda session: _take_back(shop, session, caller, order), natural)


def _take_back(shop: Shop, session: Session, caller: Caller, order: TakeBackOrder) -> TakenBack:
    known = queries.entry(session, order.top_up_id, "top_up")
    if known is None:
        raise Refused("unknown-top-up", id=order.top_up_id)
    with open_purse(shop, session, caller, kept_id(session, known.member_id)) as purse:
        lot = queries.lot_of_entry(session, known.id)
        there = queries.lots_with_money_of(session, lot.id, purse.member_id)
        left = sum(each.remaining for each in there)
        amount = left if order.amount is None else order.amount
        if not 0 < amount <= left:
            raise Refused("take-back-above-left", asked=amount, left=left)
        bonus_before, source = purse.bonus, f"take_back:{order.external_id}"
        entry_id = purse.move(_draft(purse, order, known, amount, source), out_of(there, amount))
        purse.withdraw_bonus(known, source, order.store)
        detail = {"top_up": known.id, "amount": amount, "cause": order.cause, "entry": entry_id}
        note(session, purse.now, caller.actor, "take_back_top_up", f"member:{purse.member_id}", detail)
        return TakenBack(
            id=entry_id,
            external_id=order.external_id,
            top_up_id=known.id,
            amount=amount,
            bonus=bonus_before - purse.bonus,
            left=left - amount,
            stored_value=purse.view(),
        )


def _draft(purse: Purse, order: TakeBackOrder, top_up: Any, amount: int, source: str) -> Draft:
    version = purse.shop.version_at(purse.session, purse.now).id
    step = {"do": order.cause, "amount": amount, "topped_up": top_up.paid_in}
    why = explanation("top_up", version, {"store": order.store, "top_up": top_up.external_id}, step)
    kind = KINDS[order.cause]
    return Draft(kind, "top_up", why, source, version, order.store, order.external_id, top_up.id)
