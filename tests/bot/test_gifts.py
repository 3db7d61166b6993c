from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.staff.gifts import screen
from bot.texts import say
from core.insight.staff import GiftView, StaffView
from core.shop import Shop

AT = datetime(2026, 3, 2, tzinfo=UTC)
WAITING = GiftView(
    id=1,
    member_id=1,
    member="Anna",
    points=501,
    coupon=None,
    reason="Vase",
    state="awaiting",
    at=AT,
    lapses_at=AT + timedelta(days=7),
    by="ann",
    by_id=1,
    decided_by=None,
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_gift_that_nobody_decided_in_time_says_so_and_offers_nothing(small_shop: Shop) -> None:
    bea = StaffView(id=2, name="bea", role="admin", chat_id=2, created_at=AT, revoked_at=None)
    with small_shop.reading() as (_, program):
        last = screen(say("en"), program, WAITING, bea, WAITING.lapses_at - timedelta(seconds=1))
        over = screen(say("en"), program, WAITING, bea, WAITING.lapses_at)
    assert ("waits for an admin" in last.text, len(last.buttons)) == (True, 1)
    assert ("Nobody let it through in time" in over.text, over.buttons) == (True, ())
