"""Messages to a member, each with what became of it in words."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.deliveries import DeliveryView


class DeliveryOut(DeliveryView):
    """why: why the member did, or did not, get it, in the language that was asked for (Accept-Language)."""

    why: str


class DeliveryPage(BaseModel):
    """next: pass it as `after` for the older ones; null at the end."""

    items: list[DeliveryOut]
    next: str | None
