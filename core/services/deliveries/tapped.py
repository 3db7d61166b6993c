"""A button of a message was pressed: so it arrived."""

from __future__ import annotations

from core.db import amendment_queries, delivery_queries
from core.shop import Shop


def tapped(shop: Shop, delivery_id: int, member_id: int, message_id: int, button: str = "") -> bool:
    """Notes the first tap, and the first on that button, and closes a delivery that was in doubt as sent; what could
    not be corrected about it can be now.

    button: what it carries. False: that member was never sent such a message.
    """
    now = shop.now()
    with shop.write() as session:
        if not delivery_queries.tap(session, delivery_id, member_id, message_id, now):
            return False
        amendment_queries.known_again(session, [delivery_id], now)
        if amendment_queries.button_of(session, delivery_id, button):
            amendment_queries.note_tap(session, delivery_id, button, now)
        return True
