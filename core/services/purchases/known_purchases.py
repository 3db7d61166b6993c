"""Which purchases are in the books already, for whoever brings many."""

from __future__ import annotations

from sqlalchemy import select

from core.db.purchases import purchases
from core.shop import Shop


def known_purchases(shop: Shop, prefix: str) -> set[str]:
    """The external ids that begin so."""
    with shop.read() as session:
        starts = purchases.c.external_id.startswith(prefix, autoescape=True)
        return set(session.execute(select(purchases.c.external_id).where(starts)).scalars())
