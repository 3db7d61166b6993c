"""What a basket would bring: points, tier, what the tier takes off, and what could be drawn afterwards."""

from __future__ import annotations

from core.insight.benefits import BenefitView, benefits_of
from core.insight.members import member_id_of
from core.program.schema import Program, Words
from core.rules.discounts import Off, Special, discounts, specials
from core.services.books.books import Books
from core.services.books.stored_records import StoredRecords
from core.services.common import Result, rule_lines
from core.services.once import Caller
from core.services.purchases.record_purchase import PurchaseOrder, PurchaseResult, post_purchase
from core.shop import Shop


class DiscountOut(Result):
    """lines: their places in the basket, from 1. percent: basis points of amount; amount, off: minor units."""

    id: str
    name: Words
    percent: int
    lines: list[int]
    amount: int
    off: int


class MemberPriceOut(Result):
    """lines: their places in the basket, from 1. price: of one item; off: of all of them; minor units."""

    id: str
    name: Words
    price: int
    lines: list[int]
    off: int


class PurchasePreview(PurchaseResult):
    """As recording would answer. discounts, member_prices: what the tier held before it takes off, of which a line gets
    one; the unit prices are held to be those before it. to_pay: minor units that are left. benefits: what could be
    drawn after it."""

    discounts: list[DiscountOut]
    member_prices: list[MemberPriceOut]
    to_pay: int
    benefits: list[BenefitView]


def preview_purchase(shop: Shop, caller: Caller, order: PurchaseOrder) -> PurchasePreview:
    """Nothing is written. Refused: as record_purchase."""
    with shop.trial() as session:
        records = StoredRecords(shop, session)
        with Books(records, caller, shop.now) as books:
            result = post_purchase(books, order)
        row = records.purchase(result.id)
        program = shop.version_at(session, order.occurred_at).program
        lines = rule_lines(order.lines)
        lower = specials(program, row.tier, lines, order.occurred_at)
        priced = {number for special in lower for number in special.lines}
        offs = discounts(program, row.tier, [line for line in lines if line.number not in priced])
        return PurchasePreview.model_construct(
            **{name: getattr(result, name) for name in PurchaseResult.model_fields},
            discounts=[_discount(program, off) for off in offs],
            member_prices=[_member_price(program, special) for special in lower],
            to_pay=row.total - sum(off.off for off in offs) - sum(special.off for special in lower),
            benefits=benefits_of(shop, session, member_id_of(session, order.member)),
        )


def _discount(program: Program, off: Off) -> DiscountOut:
    name = next(each.name for each in program.discounts if each.id == off.discount)
    return DiscountOut(
        id=off.discount, name=name, percent=off.percent, lines=list(off.lines), amount=off.amount, off=off.off
    )


def _member_price(program: Program, special: Special) -> MemberPriceOut:
    name = next(each.name for each in program.member_prices if each.id == special.member_price)
    return MemberPriceOut(
        id=special.member_price, name=name, price=special.price, lines=list(special.lines), off=special.off
    )
