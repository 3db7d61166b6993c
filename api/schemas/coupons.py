"""What tills and staff send about a coupon; its code stands in the address."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from core.insight.coupons import CouponOut
from core.rules.refusal import Fact
from core.services.common import ExternalId, Lines, MemberRef, Wish


class CouponForm(Wish):
    """template: id of a coupon in the program. source: why it is given; by default the key that gives it."""

    member: MemberRef
    template: Annotated[str, Field(min_length=1, max_length=40)]
    source: Annotated[str, Field(min_length=1, max_length=160)] | None = None


class CouponBasket(Wish):
    """The purchase a coupon is shown for. member: checked to be the coupon's, where the till knows who buys."""

    external_id: ExternalId
    member: MemberRef | None = None
    lines: Lines


class CouponReturn(Wish):
    """The purchase that did not happen. member and lines may come along as they were sent; external_id decides."""

    external_id: ExternalId
    member: MemberRef | None = None
    lines: Lines | None = None


class CouponAnswer(BaseModel):
    """discount: minor units off; reason, facts and detail (in words) say why it does not count here."""

    valid: bool
    discount: int
    reason: str | None
    facts: dict[str, Fact]
    detail: str | None


class CouponList(BaseModel):
    """All of them: there are never more than a few."""

    items: list[CouponOut]
