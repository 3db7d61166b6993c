"""Purchases as tills report them, and what of them comes back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api.auth import Till
from api.depends import ShopOf
from api.idempotency import OwnKey, caller
from api.problems import problems
from api.schemas.purchases import DeliveryForm, RefundForm
from api.wishes import wish
from core.insight.purchases import PurchaseDetail, purchase
from core.services.purchases.deliver_purchase import Delivered, Delivery, deliver_purchase
from core.services.purchases.preview_purchase import PurchasePreview, preview_purchase
from core.services.purchases.record_purchase import PurchaseOrder, PurchaseResult, record_purchase
from core.services.purchases.refund import RefundOrder, RefundResult, refund

router = APIRouter(prefix="/v1/purchases", tags=["purchases"])
PurchaseId = Annotated[int, Path(ge=1, le=2**53 - 1, description="The id that recording it gave.")]
Preview = Annotated[bool, Query(description="Answer what it would bring, with status 200, and write nothing.")]
REPORTED = problems(400, 401, 403, 404, 409, 413, 415, 422)
PREVIEWED: dict[int | str, dict[str, Any]] = {200: {"model": PurchasePreview, "description": "A preview"}}


@router.post(
    "", status_code=201, summary="Record a purchase", responses=REPORTED | PREVIEWED, response_model=PurchaseResult
)
def record(
    shop: ShopOf, holder: Till, order: PurchaseOrder, preview: Preview = False, key: OwnKey = None
) -> PurchaseResult | Response:
    """Scope: till. Judged by the rules and the tier of the time it happened. external_id is the till's own number and
    makes it safe to send again; each entry explains its points. A preview also says what the member's tier takes off
    the basket, and what could be drawn of benefits after it."""
    asking = caller(holder, key, f"purchase:{order.external_id}")
    if preview:
        found = preview_purchase(shop, asking, order)
        return Response(found.model_dump_json(), media_type="application/json")
    return record_purchase(shop, asking, order)


@router.get("/{purchase_id}", summary="One purchase", responses=problems(401, 403, 404, 422))
def one(shop: ShopOf, holder: Till, purchase_id: PurchaseId) -> PurchaseDetail:
    """Scope: till. With its lines and every entry that it brought about, corrections included."""
    with shop.read() as session:
        return purchase(session, None, purchase_id)


@router.post("/{purchase_id}/refunds", status_code=201, summary="Refund all or part of it", responses=REPORTED)
def take_back(
    shop: ShopOf, holder: Till, purchase_id: PurchaseId, form: RefundForm, key: OwnKey = None
) -> RefundResult:
    """Scope: till. By lines or by amount; partial refunds add up exactly to the whole. Points that were spent already
    become a debt that the next ones pay."""
    order = wish(RefundOrder, form, purchase_id=purchase_id)
    return refund(shop, caller(holder, key, f"refund:{form.external_id}"), order)


@router.post("/{purchase_id}/delivery", status_code=201, summary="Report its delivery", responses=REPORTED)
def arrived(shop: ShopOf, holder: Till, purchase_id: PurchaseId, form: DeliveryForm, key: OwnKey = None) -> Delivered:
    """Scope: till. Points that wait for it become spendable. Once for each purchase; safe to send again."""
    report = wish(Delivery, form, purchase_id=purchase_id)
    return deliver_purchase(shop, caller(holder, key, f"delivery:{purchase_id}"), report)
