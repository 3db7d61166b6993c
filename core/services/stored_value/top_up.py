"""A member pays money in, to buy with it later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.insight.members import member_of
from core.insight.stored_value import StoredValue
from core.program.stored_value import StoredValue as Terms
from core.rules.expiry import NEVER
from core.rules.refusal import Refused
from core.rules.stored_value import allowed, bonus_for, bonus_lapses_at, step_reached
from core.services.books.dormancy import check_member_open
from core.services.books.explanations import explanation
from core.services.common import Amount, ExternalId, Label, MemberRef, Result, Wish
from core.services.once import Caller, once
from core.services.stored_value.purses import Draft, open_purse
from core.shop import Shop


class TopUpOrder(Wish):
    """amount: minor units that the member pays in. external_id: the till's own number of it."""

    external_id: ExternalId
    member: MemberRef
    amount: Amount
    store: Label


class ToppedUp(Result):
    """bonus: what came on top, minor units; bonus_expires_at: null for one that does not lapse."""

    id: int
    external_id: str
    member_id: int
    amount: int
    bonus: int
    bonus_expires_at: datetime | None
    stored_value: StoredValue


def top_up(shop: Shop, caller: Caller, order: TopUpOrder) -> ToppedUp:
    """Refused: unknown-member, member-closed, stored-value-not-offered, top-up-below-least, top-up-above-most,
    stored-value-above-most, external-id-reused, key-reused."""
    natural = f"top_up:{order.external_id}"
    return once(shop, caller, order, ToppedUp, lambda session: _top_up(shop, session, caller, order), natural)


def _top_up(shop: Shop, session: Session, caller: Caller, order: TopUpOrder) -> ToppedUp:
    with open_purse(shop, session, caller, member_of(session, order.member).id) as purse:
        check_member_open(shop, session, purse.member_id)
        version = shop.version_at(session, purse.now)
        terms = version.program.stored_value
        if terms is None:
            raise Refused("stored-value-not-offered")
        refusal = allowed(terms, order.amount, purse.balance)
        if refusal is not None:
            raise Refused(refusal.reason, **refusal.facts)
        entry_id = purse.put_in(_paid_in(terms, order, version.id), "paid_in", order.amount)
        bonus, until = bonus_for(terms, order.amount), bonus_lapses_at(version.program, terms, purse.now)
        if bonus:
            purse.put_in(_bonus(terms, order, version.id, bonus, entry_id), "bonus", bonus, until)
        return ToppedUp(
            id=entry_id,
            external_id=order.external_id,
            member_id=purse.member_id,
            amount=order.amount,
            bonus=bonus,
            bonus_expires_at=until if bonus and until != NEVER else None,
            stored_value=purse.view(),
        )


def _paid_in(terms: Terms, order: TopUpOrder, version: int) -> Draft:
    why = explanation("top_up", version, {"store": order.store}, {"do": "top_up", "amount": order.amount})
    if terms.bonuses and not bonus_for(terms, order.amount):
        reaches = terms.bonuses[0].reaches
        why["not_applied"] = [{"rule": "top_up_bonus", "why": "below_first_step", "from": reaches}]
    source = f"top_up:{order.external_id}"
    return Draft("top_up", "top_up", why, source, version, order.store, order.external_id)


def _bonus(terms: Terms, order: TopUpOrder, version: int, bonus: int, top_up_id: int) -> Draft:
    reached = step_reached(terms, order.amount)
    assert reached is not None
    step: dict[str, Any] = {"do": "bonus_fixed", "from": reached.reaches, "bonus": bonus}
    if reached.percent is not None:
        exact = f"{order.amount * reached.percent}/10000"
        step = {**step, "do": "bonus_percent", "percent": reached.percent, "exact": exact}
    why = explanation("top_up_bonus", version, {"topped_up": order.amount}, step)
    source = f"top_up:{order.external_id}"
    return Draft("bonus", "top_up_bonus", why, source, version, order.store, corrects_id=top_up_id)
