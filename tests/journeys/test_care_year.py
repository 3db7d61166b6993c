"""A year of care in small; `make soak` lives many large ones."""

from __future__ import annotations

from core.shop import Shop
from tests.bot.delivery.conftest import database_url
from tests.club import publish
from tests.conftest import FrozenClock
from tests.journeys.year import SMALL_PROGRAM, Year

__all__ = ["database_url"]


def test_a_year_of_care_in_which_processes_die(bare_shop: Shop, clock: FrozenClock) -> None:
    publish(bare_shop, SMALL_PROGRAM)
    year = Year(bare_shop, clock, seed=7, people=3, zones=2, troubles=0.01)
    year.live(366, (20, 40))
    assert year.happened["killed"] > 5
    assert len(year.gone) > 20
