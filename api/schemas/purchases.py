"""What tills send about a purchase; its id stands in the address."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.insight.purchases import PurchaseView
from core.services.common import Amount, ExternalId, Moment, Wish
from core.services.purchases.refund import RefundLineIn


class RefundForm(Wish):
    """Either lines or an amount in minor units. external_id: the till's own number of this refund."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["lines"], "properties": {"lines": {"type": "array"}, "amount": {"type": "null"}}},
                {"required": ["amount"], "properties": {"amount": {"type": "integer"}, "lines": {"type": "null"}}},
            ]
        },
    )

    external_id: ExternalId
    lines: Annotated[list[RefundLineIn], Field(min_length=1, max_length=500)] | None = None
    amount: Amount | None = None


class DeliveryForm(Wish):
    """delivered_at: when the goods arrived; by default now."""

    delivered_at: Moment | None = None


class PurchasePage(BaseModel):
    """next: pass it as `after` for the older ones; null at the end."""

    items: list[PurchaseView]
    next: str | None
