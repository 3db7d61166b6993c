"""Short words for what tests do all day: enrol somebody, buy something, bring it back, look at the books."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from sqlalchemy import select

from core.db.tables import metadata
from core.insight.balance import Balance, balance
from core.services.books.audit import audit
from core.services.common import LineIn, MemberRef
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.purchases.record_purchase import PurchaseOrder, PurchaseResult, record_purchase
from core.services.purchases.refund import RefundLineIn, RefundOrder, RefundResult, refund
from core.shop import Shop

TILL = "till:front"
STORIES = settings(
    max_examples=int(os.environ.get("REGULARS_STORIES", "6")),  # of each law, on each database
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a story on a database takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def enrol_one(shop: Shop, name: str = "Ann", **form: Any) -> int:
    return enrol(shop, Caller("staff:bo", f"enrol:{name}"), EnrolForm(name=name, **form)).id


def line(amount: int, category: str = "grocery", quantity: int = 1, sku: str = "tea") -> LineIn:
    return LineIn(sku=sku, category=category, quantity=quantity, unit_price=amount, regular_price=amount)


def order(member_id: int, external_id: str, at: datetime, *lines: LineIn, **more: Any) -> PurchaseOrder:
    return PurchaseOrder(
        external_id=external_id,
        member=MemberRef(id=member_id),
        occurred_at=at,
        store="main-street",
        channel=more.pop("channel", "shop"),
        lines=list(lines),
        **more,
    )


def buy(shop: Shop, member_id: int, external_id: str, *lines: LineIn, at: datetime | None = None) -> PurchaseResult:
    wish = order(member_id, external_id, at or shop.now(), *lines)
    return record_purchase(shop, Caller(TILL, f"purchase:{external_id}"), wish)


def bring_back(
    shop: Shop, purchase_id: int, external_id: str, lines: dict[str, int] | None = None, amount: int | None = None
) -> RefundResult:
    wanted = [RefundLineIn(sku=sku, quantity=quantity) for sku, quantity in lines.items()] if lines else None
    wish = RefundOrder(purchase_id=purchase_id, external_id=external_id, lines=wanted, amount=amount)
    return refund(shop, Caller(TILL, f"refund:{external_id}"), wish)


def balance_of(shop: Shop, member_id: int) -> Balance:
    with shop.read() as session:
        return balance(shop, session, member_id)


def dump(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table: two dumps are equal when nothing changed."""
    with shop.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }


def proven(shop: Shop) -> None:
    """The books are right."""
    report = audit(shop)
    assert report.differences == [], report.differences
