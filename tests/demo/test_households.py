"""The real data, and the little that is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from demo.cast import HOUSEHOLDS
from demo.households import BasketLine, Journey, _line, moved, slug

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def journey() -> Iterator[Journey]:
    journey = Journey()
    yield journey
    journey.close()


def test_those_named_come_first_and_the_others_are_always_the_same(journey: Journey) -> None:
    few = [each.number for each in journey.households(10, HOUSEHOLDS)]
    more = [each.number for each in journey.households(20, HOUSEHOLDS)]
    assert few[: len(HOUSEHOLDS)] == HOUSEHOLDS
    assert more[:10] == few
    assert len(set(more)) == 20


def test_everybody_is_there(journey: Journey) -> None:
    assert len(journey.households(5000, [])) == 2469


def test_a_households_year(journey: Journey) -> None:
    baskets = list(journey.baskets([2274]))
    assert len(baskets) == journey.count([2274]) == 31
    assert [basket.at for basket in baskets] == sorted(basket.at for basket in baskets)
    lines = [line for basket in baskets for line in basket.lines]
    assert sum(line.quantity * line.unit_price for line in lines) == 380_968  # cents, as the data sums up
    assert all(line.regular_price >= line.unit_price >= 0 and line.quantity >= 1 for line in lines)


@pytest.mark.parametrize(
    ("quantity", "paid", "regular", "line"),
    [
        (1, 199, 219, BasketLine("7", "DELI", 1, 199, 219)),
        (3, 300, 360, BasketLine("7", "DELI", 3, 100, 120)),
        (3, 100, 120, BasketLine("7", "DELI", 1, 100, 120)),
        (3, 300, 400, BasketLine("7", "DELI", 1, 300, 400)),
        (8963, 2000, 2000, BasketLine("7", "DELI", 1, 2000, 2000)),
        (0, 25, 25, BasketLine("7", "DELI", 1, 25, 25)),
        (2, 0, 100, BasketLine("7", "DELI", 2, 0, 50)),
    ],
)
def test_no_cent_is_lost(quantity: int, paid: int, regular: int, line: BasketLine) -> None:
    assert _line((1, 2, 3, None, 7, "DELI", quantity, paid, regular)) == line


def test_departments_become_categories() -> None:
    names = ["DRUG GM", "MEAT-PCKGD", "TRAVEL & LEISURE", "ELECT &PLUMBING", None]
    assert [slug(name) for name in names] == ["drug-gm", "meat-pckgd", "travel-leisure", "elect-plumbing", ""]


def test_moved_baskets_keep_their_hour_in_the_shops_zone() -> None:
    summer = datetime(2017, 7, 1, 21, 30, tzinfo=UTC)  # 17:30 in New York
    assert moved(summer, 180, NEW_YORK) == datetime(2017, 12, 28, 22, 30, tzinfo=UTC)
    assert moved(summer, 0, ZoneInfo("Asia/Shanghai")) == datetime(2017, 7, 1, 9, 30, tzinfo=UTC)
    assert moved(summer, 7, NEW_YORK) == summer + timedelta(days=7)
