"""Who will be closed hears of it in time, and of the right day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from core.program.loading import load
from core.services.care.preview_care import preview_care
from core.services.replaying.replay import outcomes
from core.shop import Shop
from tests.club import publish
from tests.conftest import FrozenClock
from tests.rules.stores import shanghai
from tests.services.books.test_dormancy import CAPS, SOURCE, on_to, seen
from tests.shopping import buy, enrol_one, line, proven


@pytest.fixture
def shop(bare_shop: Shop, clock: FrozenClock) -> Iterator[Shop]:
    """Since 1 January 2024, noon in Shanghai; who stays away for 24 months is told 30 days before."""
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, SOURCE)
    yield bare_shop
    proven(bare_shop)
    for before, after in outcomes(bare_shop, load(SOURCE, "dormancy"), None):
        assert after == before


def told_around(shop: Shop, *days: date) -> list[tuple[str, str]]:
    """On which day somebody is told what, from the day before each of these to the day after."""
    around = [day + timedelta(days=more) for day in days for more in (-1, 0, 1)]
    return [(str(day), each.text or "") for day in around for each in preview_care(shop, day, CAPS)]


def closed_at(shop: Shop, clock: FrozenClock, member_id: int, at: datetime) -> datetime | None:
    """As of then, after a tick in the minute before found the account open."""
    on_to(shop, clock, at - timedelta(minutes=1))
    assert seen(shop, member_id).closed_at is None
    on_to(shop, clock, at)
    return seen(shop, member_id).closed_at


def test_who_bought_before_joining_hears_of_the_day_that_joining_makes(shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 6, 1, 12))
    ann = enrol_one(shop)
    buy(shop, ann, "old", line(1000), at=shanghai(2023, 12, 1, 12))
    clock.set(shanghai(2025, 10, 25))
    assert told_around(shop, date(2025, 11, 1), date(2026, 5, 2)) == [("2026-05-02", "Until Jun 1, 2026.")]
    assert closed_at(shop, clock, ann, shanghai(2026, 6, 2)) == shanghai(2026, 6, 2)
