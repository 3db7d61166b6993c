"""Nobody lost, nobody twice: the sender is killed, stalled, cut off and lied to while it sends."""

from __future__ import annotations

import pytest

from core.shop import Shop
from tests.bot.delivery.crash import Storm
from tests.conftest import database_url as database_url


@pytest.mark.parametrize("seed", [1])
async def test_nobody_is_lost_and_nobody_gets_it_twice(shop: Shop, database_url: str, seed: int) -> None:
    storm = Storm(database_url, seed)
    ended = await storm.run()
    assert ended["sent"] >= storm.count // 3, (ended, storm.happened)
