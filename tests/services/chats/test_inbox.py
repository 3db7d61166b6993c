"""Updates stored before they are acknowledged, and dialogues that survive a restart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.rules.refusal import Refused
from core.services.chats.inbox import (
    KEPT,
    Incoming,
    OpenUpdate,
    finish_update,
    get_dialogue,
    keep_lanes,
    leave_lanes,
    receive_updates,
    rest_lane,
    set_dialogue,
    store_update,
    tidy_updates,
)
from core.services.chats.join_chat import open_chat
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.updates import answer_all, lease, open_updates, taken


def ids(updates: list[OpenUpdate]) -> set[int]:
    return {each.update_id for each in updates}


def test_an_update_is_stored_once(bare_shop: Shop) -> None:
    assert store_update(bare_shop, 7, 42, {"text": "/points"})
    assert not store_update(bare_shop, 7, 42, {"text": "/points"})
    twice = [Incoming(update_id=each, chat_id=42, payload={}) for each in (7, 8, 8)]
    assert ids(receive_updates(bare_shop, twice, lease("one"), 10)) == {7}
    assert [(each.update_id, each.chat_id, each.payload) for each in open_updates(bare_shop)] == [
        (7, 42, {"text": "/points"}), (8, 42, {})
    ]  # fmt: skip


def test_the_same_update_from_many_sides_at_once_is_stored_once(bare_shop: Shop) -> None:
    with ThreadPoolExecutor(16) as pool:
        stored = list(pool.map(lambda _: store_update(bare_shop, 7, None, {}), range(16)))
    assert stored.count(True) == 1


def test_a_chat_is_worked_off_by_one_and_in_telegrams_order(bare_shop: Shop) -> None:
    for update_id, chat_id in ((902, 1), (901, 1), (903, 2), (904, 1)):  # a webhook brings them out of order
        store_update(bare_shop, update_id, chat_id, {})
    mine = taken(bare_shop, "one")
    assert ids(mine) == {901, 903}
    assert taken(bare_shop, "two") == []
    first = next(each for each in mine if each.chat_id == 1)
    second = finish_update(bare_shop, first, lease("one"))
    assert second is not None
    assert (second.update_id, second.tries) == (902, 1)
    third = finish_update(bare_shop, second, lease("one"))
    assert third is not None
    assert finish_update(bare_shop, third, lease("one")) is None
    store_update(bare_shop, 905, 1, {})
    assert ids(taken(bare_shop, "two")) == {905}  # the lane was free at once


def test_chats_where_a_button_was_pressed_come_first(bare_shop: Shop) -> None:
    for update_id in range(1, 5):
        store_update(bare_shop, update_id, update_id, {"callback_query": {}} if update_id == 3 else {"message": {}})
    assert ids(taken(bare_shop, "one", 2)) == {1, 3}
    assert ids(taken(bare_shop, "two", 1)) == {2}


def test_what_the_dead_held_is_taken_up_after_its_lease(bare_shop: Shop) -> None:
    store_update(bare_shop, 7, 42, {})
    (mine,) = taken(bare_shop, "one")
    assert taken(bare_shop, "two", at=5.9) == []
    (theirs,) = taken(bare_shop, "two", at=6)
    assert (theirs.update_id, theirs.tries) == (7, 2)
    store_update(bare_shop, 8, 42, {})
    assert keep_lanes(bare_shop, lease("one", 6), {42}) == set()
    assert finish_update(bare_shop, mine, lease("one", 6)) is None  # its answer left, and the lane is another's
    following = finish_update(bare_shop, theirs, lease("two", 6))
    assert following is not None
    assert following.update_id == 8
    assert keep_lanes(bare_shop, lease("two", 60), {42}) == {42}
    assert taken(bare_shop, "three", at=65) == []
    leave_lanes(bare_shop, "two")
    assert ids(taken(bare_shop, "three", at=65)) == {8}


@pytest.mark.parametrize(("forgiven", "tries"), [(True, 1), (False, 2)])
def test_a_chat_whose_answer_cannot_leave_rests(bare_shop: Shop, forgiven: bool, tries: int) -> None:
    store_update(bare_shop, 7, 42, {})
    (mine,) = taken(bare_shop, "one")
    rest_lane(bare_shop, mine, lease("one", 14), forgiven)
    assert taken(bare_shop, "one", at=19) == []
    (again,) = taken(bare_shop, "two", at=20)
    assert (again.update_id, again.tries) == (7, tries)


def test_many_at_once_never_hold_the_same_chat(bare_shop: Shop) -> None:
    for update_id in range(40):
        store_update(bare_shop, update_id, update_id % 20, {})

    def all_there_is(number: int) -> list[int]:
        return [each.update_id for _ in range(20) for each in taken(bare_shop, f"w{number}", 1)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(all_there_is, range(8)))
    assert sorted(each for some in found for each in some) == list(range(20))


def test_a_press_is_late_after_a_hundred_and_fifty_seconds(bare_shop: Shop, clock: FrozenClock) -> None:
    store_update(bare_shop, 1, 1, {"callback_query": {}})
    store_update(bare_shop, 2, 2, {"message": {}})
    clock.move(seconds=149)
    store_update(bare_shop, 3, 3, {"callback_query": {}})
    clock.move(seconds=1)
    assert {each.update_id: each.late for each in taken(bare_shop, "one")} == {1: True, 2: False, 3: False}


def test_a_finished_update_is_still_known(bare_shop: Shop) -> None:
    store_update(bare_shop, 7, 42, {})
    answer_all(bare_shop)
    assert open_updates(bare_shop) == []
    assert not store_update(bare_shop, 7, 42, {})


def test_tidying_leaves_the_open_and_the_young(bare_shop: Shop, clock: FrozenClock) -> None:
    store_update(bare_shop, 1, 42, {})
    answer_all(bare_shop)
    store_update(bare_shop, 2, 42, {})
    clock.move(hours=KEPT / timedelta(hours=1))
    assert tidy_updates(bare_shop) == 0
    store_update(bare_shop, 3, 43, {})
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
