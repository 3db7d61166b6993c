"""A grocer's real year, replayed under the program that was in force: no member ends elsewhere.

Some of its households by default; all of them (2,469, with 155,848 baskets) by `make year`, in parts that are run side
by side, each on a database of its own.
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
from demo.households import Journey
from demo.loading import load
from tests.conftest import FIVE_TIER, FrozenClock

HOUSEHOLDS = int(os.environ.get("REGULARS_YEAR_HOUSEHOLDS", "30"))
OF_PART = 100


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("part", range(-(-HOUSEHOLDS // OF_PART)))
def test_a_real_year_ends_where_its_books_are(shop: Shop, clock: FrozenClock, part: int) -> None:
    clock.set(END_OF_YEAR)
    mine = households()[part * OF_PART : (part + 1) * OF_PART]
    loaded = load(shop, len(mine), mine, 1, lambda _done, _total: None)
    with shop.read() as session:
        assert session.execute(select(func.count()).select_from(purchases)).scalar_one() == loaded.purchases
    told = 0
    for before, after in outcomes(shop, load_file(FIVE_TIER)):
        assert after == before
        told += 1
    assert told == len(mine)


def households() -> list[int]:
    journey = Journey()
    try:
        return [each.number for each in journey.households(HOUSEHOLDS, [])]
    finally:
        journey.close()
