"""Claim an offer: its coupon becomes the member's."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from core.db.coupon_queries import unused_from
from core.insight.coupons import CouponOut, coupon_out, template_of
from core.rules.offers import open_to
from core.rules.refusal import Refused, granted
from core.rules.seasons import dated
from core.services.books.books import open_book
from core.services.common import Wish
from core.services.once import Caller, once
from core.services.rewards.issue_coupon import grant_coupon
from core.shop import Shop


class OfferClaim(Wish):
    member_id: int
    offer: Annotated[str, Field(min_length=1, max_length=40)]


def claim_offer(shop: Shop, caller: Caller, wish: OfferClaim) -> CouponOut:
    """An offer may be claimed again once its last coupon is used or lapsed, as often as the coupon's limits allow.

    Refused: unknown-member, offer-unknown, offer-not-yet, offer-over, offer-not-for-tier, offer-claimed-already,
    and what issue_coupon refuses.
    """

    def work(session: Session) -> CouponOut:
        with open_book(shop, session, caller, wish.member_id) as book:
            program = shop.version_at(session, book.now).program
            offer = program.offer(wish.offer)
            if offer is None:
                raise Refused("offer-unknown", offer=wish.offer)
            granted(open_to(dated(offer, book.now, program.program.zone), book.tier, book.now))
            source = f"offer:{offer.id}"
            if unused_from(session, wish.member_id, source, book.now):
                raise Refused("offer-claimed-already", offer=offer.id)
            row = grant_coupon(shop, session, book, offer.coupon, source)
        return coupon_out(row, template_of(shop, session, row), book.now)

    return once(shop, caller, wish, CouponOut, work)
