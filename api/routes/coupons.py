"""Coupons: given by staff, checked, redeemed and rolled back by tills."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Staff, Till
from api.depends import ShopOf
from api.idempotency import Key, OwnKey, caller
from api.languages import Language
from api.problems import problems
from api.refusals import say, status_of
from api.schemas.coupons import CouponAnswer, CouponBasket, CouponForm, CouponReturn
from api.wishes import wish
from core.insight.coupons import CouponOut, coupon
from core.rules.refusal import Refusal, Refused
from core.services.rewards.issue_coupon import CouponIssue, issue_coupon
from core.services.rewards.redeem_coupon import (
    CouponRedeemed,
    CouponRollback,
    CouponUse,
    redeem_coupon,
    rollback_coupon,
    validate_coupon,
)

router = APIRouter(prefix="/v1/coupons", tags=["coupons"])
Code = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,32}$", description="The coupon's code; case does not matter.")]


@router.post(
    "", status_code=201, summary="Give a member a coupon", responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
)
def issue(shop: ShopOf, holder: Staff, key: Key, form: CouponForm) -> CouponOut:
    """Scope: staff. Within the template's limits."""
    source = form.source or holder.actor
    return issue_coupon(
        shop, caller(holder, key), CouponIssue(member=form.member, template=form.template, source=source)
    )


@router.get("/{code}", summary="One coupon", responses=problems(401, 403, 404, 422))
def one(shop: ShopOf, holder: Till, code: Code) -> CouponOut:
    """Scope: till."""
    with shop.read() as session:
        return coupon(shop, session, code.upper())


@router.post(
    "/{code}/validate", summary="Would it count on this purchase", responses=problems(400, 401, 403, 404, 413, 415, 422)
)
def validate(shop: ShopOf, holder: Till, language: Language, code: Code, basket: CouponBasket) -> CouponAnswer:
    """Scope: till. Changes nothing and needs no Idempotency-Key. 404 when there is no such coupon or member."""
    check = validate_coupon(shop, wish(CouponUse, basket, code=code))
    if check.reason is None:
        return CouponAnswer(**check.model_dump(), detail=None)
    if status_of(check.reason) == 404:
        raise Refused(check.reason, **check.facts)
    return CouponAnswer(**check.model_dump(), detail=say(shop, Refusal(check.reason, check.facts), language))


@router.post(
    "/{code}/redeem", summary="Use it on a purchase", responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
)
def redeem(shop: ShopOf, holder: Till, code: Code, basket: CouponBasket, key: OwnKey = None) -> CouponRedeemed:
    """Scope: till. The same purchase again gets the same answer."""
    natural = f"coupon:{code.upper()}:{basket.external_id}"
    given = redeem_coupon(shop, caller(holder, key, natural), wish(CouponUse, basket, code=code))
    with shop.read() as session:
        now = coupon(shop, session, given.code)
    if now.used_on != given.external_id:
        raise Refused("coupon-rolled-back", code=given.code, external_id=given.external_id)
    return given


@router.post("/{code}/rollback", summary="Undo its use", responses=problems(400, 401, 403, 404, 409, 413, 415, 422))
def rollback(shop: ShopOf, holder: Till, code: Code, back: CouponReturn, key: OwnKey = None) -> CouponOut:
    """Scope: till. The purchase did not happen: the coupon is as it was before. Done twice is done once."""
    natural = f"coupon-rollback:{code.upper()}:{back.external_id}"
    return rollback_coupon(shop, caller(holder, key, natural), CouponRollback(code=code, external_id=back.external_id))
