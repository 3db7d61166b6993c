"""The points screen says how long points are good that lapse when the member stays away, and what keeps them."""

from __future__ import annotations

import pytest

from core.shop import Shop
from tests.bot.conftest import Town
from tests.conftest import FrozenClock
from tests.rules.stores import shanghai
from tests.services.books.test_inactivity import IDLE
from tests.services.books.test_late_purchases import publish
from tests.shopping import buy, line


@pytest.fixture
def shop(bare_shop: Shop, clock: FrozenClock) -> Shop:
    clock.set(shanghai(2026, 3, 2, 12))
    publish(bare_shop, IDLE)
    return bare_shop


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "⌛ 70 points are good until Jun 1, 2027, and longer if we see you before then"),
        ("zh-Hans", "⌛ 70 积分有效至 2027年6月1日；在此之前光临，有效期即可延长"),
    ],
)
async def test_until_when_points_are_good_and_what_keeps_them(
    town: Town, shop: Shop, clock: FrozenClock, language: str, told: str
) -> None:
    anna = await town.member(language=language)
    buy(shop, anna.member().id, "1", line(4000))
    clock.set(shanghai(2026, 6, 1, 12))
    buy(shop, anna.member().id, "2", line(3000))
    assert told in (await anna.send("/points"))["text"].split("\n")
