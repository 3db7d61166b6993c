"""Bring members' coupons in from another system, with the codes that they have in hand (docs/import.md)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlmodel import Session

from core.db import coupon_queries as queries
from core.db.counters import take
from core.insight.coupons import counter_of
from core.insight.members import member_id_of
from core.program.schema import CouponTemplate
from core.rules.coupons import window
from core.rules.refusal import Refused
from core.services.books.books import open_book
from core.services.common import ExternalId, Moment, Result
from core.services.importing.cells import Cells
from core.services.importing.outcome import missing
from core.services.importing.reading import Row
from core.services.importing.rows import RowWish, Table, import_rows, member_in, system_in
from core.services.once import Caller
from core.services.rewards.issue_coupon import CODE_LENGTH
from core.services.rewards.redeem_coupon import Code
from core.shop import Shop, Version

NO_LIMIT = 2**62


class OldCoupon(RowWish):
    """code: a new one if left out. valid_until: exclusive; as the template has it if left out. A redeemed one counts
    for how often a member is given the template."""

    template: Annotated[str, Field(min_length=1, max_length=40)]
    code: Code | None = None
    valid_until: Moment | None = None
    status: Literal["issued", "redeemed"] = "issued"
    reference: ExternalId


class OldCouponTaken(Result):
    code: str


def take_over_coupon(shop: Shop, session: Session, caller: Caller, wish: OldCoupon) -> OldCouponTaken:
    """It is not held to the template's limits, since it was given already, but counts for them.

    Refused: unknown-member, phone-invalid, coupon-template-unknown, coupon-lapsed, coupon-code-taken.
    """
    member_id = member_id_of(session, wish.member)
    version = shop.version_at(session, shop.now())
    template = version.program.coupon(wish.template)
    if template is None:
        raise Refused("coupon-template-unknown", template=wish.template)
    values = _values(shop, session, version, template, wish)
    with open_book(shop, session, caller, member_id) as book:
        if template.total is not None:
            take(session, counter_of(version.program, template, values["valid_from"]), NO_LIMIT)
        row = queries.add_coupon(session, {**values, "member_id": book.member_id}, book.now, caller.actor)
        if wish.status == "redeemed":
            queries.mark_redeemed_elsewhere(session, row, book.now, caller.actor)
    return OldCouponTaken(code=row.code)


def _values(
    shop: Shop, session: Session, version: Version, template: CouponTemplate, wish: OldCoupon
) -> dict[str, Any]:
    now = shop.now()
    since, until = window(template.validity, now, version.program.program.zone)
    if wish.valid_until is not None:
        since, until = min(now, wish.valid_until), wish.valid_until
    if wish.status == "issued" and until <= now:
        raise Refused("coupon-lapsed", valid_until=until.isoformat())
    if wish.code is not None and queries.coupon_by_code(session, wish.code) is not None:
        raise Refused("coupon-code-taken", code=wish.code)
    return {
        "code": wish.code or shop.chance.code(CODE_LENGTH),
        "template": template.id,
        "source": f"import:{wish.reference}",
        "issued_at": now,
        "valid_from": since,
        "valid_until": until,
        "program_version": version.id,
    }


def _wish(cells: Cells, row: Row) -> OldCoupon:
    template = cells.text(row, "template") or missing(row, "template")
    told = {
        "member": member_in(cells, row),
        "template": cells.columns.templates.get(template, template),
        "code": cells.number(row, "code"),
        "valid_until": cells.end(row, "valid_until"),
        "status": cells.text(row, "status") or "issued",
        "reference": cells.text(row, "reference") or missing(row, "reference"),
        "system": system_in(cells, row),
    }
    return OldCoupon.model_validate(told)


REQUIRED = ["template", "reference"]
COUPONS: Table[OldCoupon, OldCouponTaken] = Table(
    columns=[*REQUIRED, "card_number", "phone", "code", "valid_until", "status", "system"],
    required=REQUIRED,
    wish=_wish,
    key=lambda wish: f"import:coupon:{wish.reference}",
    post=take_over_coupon,
    result=OldCouponTaken,
    about={
        "coupon-template-unknown": "template",
        "coupon-lapsed": "valid_until",
        "coupon-code-taken": "code",
        "key-reused": "reference",
        "external-id-reused": "reference",
    },
)
import_coupons = partial(import_rows, COUPONS)
"""Take over every coupon of the file. A row is known by its reference."""
