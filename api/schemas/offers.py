"""Offers for a member."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.offers import OfferView


class OfferList(BaseModel):
    """All of them: a program has never more than a few."""

    items: list[OfferView]
