"""Updates stored before they are acknowledged, and dialogues that survive a restart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.rules.refusal import Refused
from core.services.inbox import (
    KEPT,
    finish_update,
    get_dialogue,
    open_updates,
    set_dialogue,
    store_update,
    tidy_updates,
)
from core.services.join_chat import open_chat
from core.shop import Shop
from tests.conftest import FrozenClock


def test_an_update_is_stored_once(bare_shop: Shop) -> None:
    assert store_update(bare_shop, 7, 42, {"text": "/points"})
    assert not store_update(bare_shop, 7, 42, {"text": "/points"})
    assert [each.model_dump() for each in open_updates(bare_shop)] == [
        {"update_id": 7, "chat_id": 42, "payload": {"text": "/points"}}
    ]


def test_the_same_update_from_many_sides_at_once_is_stored_once(bare_shop: Shop) -> None:
    with ThreadPoolExecutor(16) as pool:
        stored = list(pool.map(lambda _: store_update(bare_shop, 7, None, {}), range(16)))
    assert stored.count(True) == 1


def test_open_updates_come_in_the_order_they_came_whatever_their_ids(bare_shop: Shop) -> None:
    for update_id in (900, 901, 5, 6):  # the ids restart at random
        store_update(bare_shop, update_id, 42, {})
    finish_update(bare_shop, 901)
    assert [each.update_id for each in open_updates(bare_shop)] == [900, 5, 6]


def test_a_finished_update_is_still_known(bare_shop: Shop) -> None:
    store_update(bare_shop, 7, 42, {})
    finish_update(bare_shop, 7)
    finish_update(bare_shop, 7)
    assert not store_update(bare_shop, 7, 42, {})


def test_tidying_leaves_the_open_and_the_young(bare_shop: Shop, clock: FrozenClock) -> None:
    for update_id in (1, 2):
        store_update(bare_shop, update_id, 42, {})
    finish_update(bare_shop, 1)
    clock.move(hours=KEPT / timedelta(hours=1))
    assert tidy_updates(bare_shop) == 0
    store_update(bare_shop, 3, 42, {})
    finish_update(bare_shop, 3)
    clock.move(seconds=1)
    assert tidy_updates(bare_shop) == 1
    assert store_update(bare_shop, 1, 42, {})
    assert not store_update(bare_shop, 2, 42, {})


def test_a_dialogue_is_read_as_it_was_written(bare_shop: Shop) -> None:
    assert get_dialogue(bare_shop, 42) is None
    open_chat(bare_shop, 42, None)
    assert get_dialogue(bare_shop, 42) is None
    set_dialogue(bare_shop, 42, {"ask": "birthday", "answers": {"name": "安"}})
    assert get_dialogue(bare_shop, 42) == {"ask": "birthday", "answers": {"name": "安"}}
    set_dialogue(bare_shop, 42, None)
    assert get_dialogue(bare_shop, 42) is None


def test_a_dialogue_needs_its_chat(bare_shop: Shop) -> None:
    with pytest.raises(Refused, match="unknown-chat"):
        set_dialogue(bare_shop, 42, {})
