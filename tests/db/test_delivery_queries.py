"""What a pause finds of messages that a sender is about to mark."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from core.db.database import Database
from core.db.deliveries import deliveries
from core.db.delivery_queries import move
from core.services.programs.publish_program import ensure_program
from core.shop import Shop
from tests.bot.delivery.post import add_members, message, plan
from tests.conftest import FIVE_TIER, CountingChance, FrozenClock


@pytest.fixture
def shop(database: Database) -> Shop:
    shop = Shop(database, FrozenClock(), CountingChance())
    ensure_program(shop, FIVE_TIER)
    return shop


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite's writers take turns
def test_what_a_sender_is_marking_is_left_to_it(shop: Shop) -> None:
    plan(shop, *(message(shop, each) for each in add_members(shop, [1, 2])))
    with shop.read() as session:
        first, second = session.execute(select(deliveries.c.id).order_by(deliveries.c.id)).scalars()
        [source] = set(session.execute(select(deliveries.c.source)).scalars())
    with shop.write() as sender:
        sender.execute(update(deliveries).where(deliveries.c.id == first).values(state="sending", sent_by="42:a"))
        with shop.write() as staff:
            assert move(staff, source, ["planned"], {"state": "paused"}, 100) == 1
    with shop.read() as session:
        states = {row.id: row.state for row in session.execute(select(deliveries.c.id, deliveries.c.state))}
    assert states == {first: "sending", second: "paused"}
