"""Conditions that rows must meet, but are not found by."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlmodel import Session

from core.db.deliveries import IS_PLANNED, deliveries
from core.db.unguessed import unguessed
from core.shop import Shop
from tests.bot.delivery.post import add_members, message, plan


def test_rows_must_meet_all_of_them_as_they_are(shop: Shop) -> None:
    plan(shop, *(message(shop, each) for each in add_members(shop, [1, 2, 3])))
    with shop.write() as session:
        session.execute(update(deliveries).where(deliveries.c.id == 2).values(sent_by="42:a"))
        session.execute(update(deliveries).where(deliveries.c.id == 3).values(state="paused", sent_by="42:a"))
    both = (IS_PLANNED, deliveries.c.sent_by == "42:a")  # of the first it is not known to be true
    with shop.read() as session:
        assert list(session.execute(select(deliveries.c.id).where(unguessed(*both))).scalars()) == [2]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_they_are_not_looked_up_by(shop: Shop) -> None:
    with shop.write() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))  # so that whatever index there is gets used
        assert "delivery_due" in _plan(session, IS_PLANNED)
        assert "delivery_due" not in _plan(session, unguessed(IS_PLANNED))


def _plan(session: Session, condition: Any) -> str:
    asked = select(deliveries.c.id).where(condition).compile(session.get_bind())
    return "\n".join(session.execute(text(f"EXPLAIN {asked}")).scalars())
