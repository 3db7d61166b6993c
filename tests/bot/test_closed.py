"""Who was closed for want of purchases sees it, with a way back, instead of points and card."""

from __future__ import annotations

import pytest

from core.services.books.run_due import run_due
from core.shop import Shop
from tests.bot.conftest import Town
from tests.club import publish
from tests.conftest import FrozenClock
from tests.dormancy import SOURCE, reopen
from tests.rules.stores import shanghai


@pytest.fixture
def shop(bare_shop: Shop, clock: FrozenClock) -> Shop:
    clock.set(shanghai(2026, 3, 2, 12))
    publish(bare_shop, SOURCE)
    return bare_shop


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "your account is closed since Mar 3, 2028"), ("zh-Hans", "已于 2028年3月3日 关闭")],
)
async def test_a_closed_member_sees_it(town: Town, shop: Shop, clock: FrozenClock, language: str, told: str) -> None:
    anna = await town.member(language=language)
    member_id = anna.member().id
    assert told not in (await anna.send("/start"))["text"]
    clock.set(shanghai(2028, 3, 3, 9))
    run_due(shop)
    for command in ("/start", "/card"):
        assert told in (await anna.send(command))["text"]
    reopen(shop, member_id)
    assert told not in (await anna.send("/start"))["text"]
