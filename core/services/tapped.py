"""A button of a message was pressed: so it arrived."""

from __future__ import annotations

from core.db import delivery_queries as queries
from core.shop import Shop


def tapped(shop: Shop, delivery_id: int, member_id: int, message_id: int) -> bool:
    """Notes the first tap, and closes a delivery that was in doubt as sent.

    False: that member was never sent such a message.
    """
    with shop.write() as session:
        return queries.tap(session, delivery_id, member_id, message_id, shop.now())
