"""Stored value: money that members pay in, and buy with later."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Staff, Till
from api.depends import ShopOf
from api.idempotency import OwnKey, caller
from api.paging import After, Limit, cursor, number
from api.routes.members import PAGES, READS, WRITES, MemberId
from api.schemas.stored_value import MovementPage, PaymentRefundForm, TakeBackForm
from api.wishes import wish
from core.insight.members import MemberRef, member_of
from core.insight.stored_value import StoredValue, movements, stored_value
from core.services.stored_value.pay import Paid, PaymentOrder, pay
from core.services.stored_value.refund_payment import PaymentRefund, PaymentRefunded, refund_payment
from core.services.stored_value.take_back_top_up import TakeBackOrder, TakenBack, take_back_top_up
from core.services.stored_value.top_up import ToppedUp, TopUpOrder, top_up

router = APIRouter(prefix="/v1", tags=["stored value"])
TopUpId = Annotated[int, Path(ge=1, le=2**53 - 1, description="The id that topping up gave.")]
PaymentId = Annotated[int, Path(ge=1, le=2**53 - 1, description="The id that paying gave.")]


@router.post("/top-ups", status_code=201, summary="Top up", responses=WRITES)
def top_up_card(shop: ShopOf, holder: Till, order: TopUpOrder, key: OwnKey = None) -> ToppedUp:
    """Scope: till. Money comes in, with the bonus that the program gives for it. external_id is the till's own number
    and makes it safe to send again."""
    return top_up(shop, caller(holder, key, f"top_up:{order.external_id}"), order)


@router.post("/top-ups/{top_up_id}/take-back", status_code=201, summary="Take a top-up back", responses=WRITES)
def take_back(shop: ShopOf, holder: Staff, top_up_id: TopUpId, form: TakeBackForm, key: OwnKey = None) -> TakenBack:
    """Scope: staff. Only money paid in and not spent; the bonus that stays is that of topping up what stays."""
    order = wish(TakeBackOrder, form, top_up_id=top_up_id)
    return take_back_top_up(shop, caller(holder, key, f"take_back:{form.external_id}"), order)


@router.post("/payments", status_code=201, summary="Pay with stored value", responses=WRITES)
def pay_with(shop: ShopOf, holder: Till, order: PaymentOrder, key: OwnKey = None) -> Paid:
    """Scope: till. All or nothing. The purchase itself is reported to /v1/purchases, with a tender of the kind
    `stored-value`."""
    return pay(shop, caller(holder, key, f"payment:{order.external_id}"), order)


@router.post("/payments/{payment_id}/refunds", status_code=201, summary="Return a payment", responses=WRITES)
def give_back(
    shop: ShopOf, holder: Till, payment_id: PaymentId, form: PaymentRefundForm, key: OwnKey = None
) -> PaymentRefunded:
    """Scope: till. In any number of parts, never more than was paid; the money returns to where it came from."""
    order = wish(PaymentRefund, form, payment_id=payment_id)
    return refund_payment(shop, caller(holder, key, f"payment_refund:{form.external_id}"), order)


@router.get("/members/{member_id}/stored-value", summary="What money a member keeps here", responses=READS)
def held(shop: ShopOf, holder: Till, member_id: MemberId) -> StoredValue:
    """Scope: till. The balance, what of it was paid in and what is bonus, and what lapses when."""
    with shop.read() as session:
        return stored_value(shop, session, member_of(session, MemberRef(id=member_id)).id)


@router.get("/members/{member_id}/stored-value/ledger", summary="Every movement of it", responses=PAGES)
def ledger(shop: ShopOf, holder: Till, member_id: MemberId, after: After = None, limit: Limit = 50) -> MovementPage:
    """Scope: till. Newest first, each with its explanation."""
    with shop.read() as session:
        known = member_of(session, MemberRef(id=member_id))
        found = movements(session, known.id, number("movement", after), limit + 1)
    more = cursor("movement", str(found[limit - 1].id)) if len(found) > limit else None
    return MovementPage(items=found[:limit], next=more)
