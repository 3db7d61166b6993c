"""A grocer's real year, replayed under the program that was in force: no member ends elsewhere.

A slice of it by default, and the whole of it (2,469 households, 155,848 baskets) by `make year`, which takes minutes.
"""

from __future__ import annotations

import os

import pytest
from sqlalchemy import func, select

from benchmarks.journey import END_OF_YEAR
from core.db.purchases import purchases
from core.program.loading import load_file
from core.services.replaying.replay import outcomes
from core.shop import Shop
from demo.loading import load
from tests.conftest import FIVE_TIER, FrozenClock

HOUSEHOLDS = int(os.environ.get("REGULARS_YEAR_HOUSEHOLDS", "25"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_real_year_ends_where_its_books_are(shop: Shop, clock: FrozenClock) -> None:
    clock.set(END_OF_YEAR)
    loaded = load(shop, HOUSEHOLDS, [], 1, lambda _done, _total: None)
    with shop.read() as session:
        assert session.execute(select(func.count()).select_from(purchases)).scalar_one() == loaded.purchases
    told = 0
    for before, after in outcomes(shop, load_file(FIVE_TIER)):
        assert after == before
        told += 1
    assert told == HOUSEHOLDS
