"""What tills send of stored value where the address says what it is about, and pages of its books."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from core.insight.stored_value import Movement
from core.services.common import Amount, ExternalId, Label, Wish


class PaymentRefundForm(Wish):
    """amount: minor units. external_id: the till's own number of this refund."""

    external_id: ExternalId
    amount: Amount
    store: Label


class TakeBackForm(Wish):
    """amount: minor units; none: all of the top-up that is left. cause: `payout` where the member gets the money,
    `correction` where the top-up had been a mistake."""

    external_id: ExternalId
    amount: Amount | None = None
    cause: Literal["payout", "correction"] = "payout"
    store: Label


class MovementPage(BaseModel):
    """next: pass it as `after` for the older ones; null at the end."""

    items: list[Movement]
    next: str | None
