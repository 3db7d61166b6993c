"""Time passes from one thing that happens to the next, and not through the hours in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.sandbox.clock import MovableClock
from core.db.database import Database
from core.db.deliveries import deliveries
from core.services.moved_clock import ahead
from core.shop import Shop
from demo import passing
from demo.days import next_birthday
from demo.passing import Passing
from tests.club import publish
from tests.conftest import SMALL
from tests.demo.test_loading import mark_as_demo
from tests.shopping import enrol_one

CARE = SMALL.parent.joinpath("care.toml").read_text("utf-8")
START = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai


class Still(MovableClock):
    """Moved, and otherwise still."""

    def now(self) -> datetime:
        return START + self.ahead


async def test_a_day_is_a_few_steps_and_its_messages_fall_due_at_their_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "PATIENCE_S", 0)  # nobody sends here
    clock = Still()
    shop = Shop(database, clock)
    mark_as_demo(shop)
    publish(shop, SMALL.read_text("utf-8").replace('[birthday]\ncoupon = "ten-off"\n', "") + CARE)
    enrol_one(shop, "Ann", language="en", birthday=date(1990, 3, 11), joined_at=START - timedelta(days=100))
    lived: list[str] = []
    going = Passing(shop, clock, lambda: lived.append(f"{clock.now():%d %H:%M}"))
    await going.go(START + timedelta(days=1))
    assert lived == ["10 15:59", "10 19:30", "11 01:00", "11 06:30"]  # the day's end, the night's work, the wish
    with shop.read() as session:
        wish = session.execute(select(deliveries.c.due_at).where(deliveries.c.source == "journey:birthday")).scalars()
        assert f"{max(wish):%d %H:%M}" == "11 01:00"
    assert ahead(database) == timedelta(days=1)


def test_the_next_birthday() -> None:
    assert next_birthday(date(1990, 3, 11), date(2026, 3, 10)) == date(2026, 3, 11)
    assert next_birthday(date(1990, 3, 11), date(2026, 3, 11)) == date(2027, 3, 11)
    assert next_birthday(date(1992, 2, 29), date(2026, 3, 1)) == date(2027, 2, 28)
