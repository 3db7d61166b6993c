"""Each message ends in exactly one state, never twice, whatever is drawn to happen to its senders."""

from __future__ import annotations

import pytest

from core.shop import Shop
from tests.conftest import FrozenClock
from tests.services.deliveries.drawn import World


@pytest.mark.parametrize("seed", [1, 2])
def test_each_message_ends_in_one_state(shop: Shop, clock: FrozenClock, seed: int) -> None:
    assert World(shop, clock, seed).run().total() == 10
