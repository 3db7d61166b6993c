"""Telegram and the database answering badly, updates twice, members who block the bot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest
from sqlmodel import Session
from telegram import Update

from bot import conversation
from core.db.database import Database
from core.services.chats.inbox import store_update
from core.shop import DatabaseUnavailable
from tests.bot.conftest import Town
from tests.bot.talk import buttons, until
from tests.conftest import FrozenClock
from tests.updates import open_updates


async def test_an_update_seen_twice_acts_once(town: Town) -> None:
    anna = await town.member()
    update_id = await anna.post({"text": "/checkin"})
    await anna.finished(update_id)
    said = len(await anna.messages())
    payload = {
        "update_id": update_id,
        "message": {
            "message_id": 999, "date": 1, "text": "/points", "chat": {"id": anna.chat_id, "type": "private"},
            "from": {"id": anna.chat_id, "is_bot": False, "first_name": "Anna"},
        },
    }  # fmt: skip
    for each in (payload, {**payload, "update_id": update_id + 1}):
        await town.bot.intake.take_in([Update.de_json(each, town.bot.application.bot)])
    await anna.finished(update_id + 1)
    assert len(await anna.messages()) == said + 1


async def test_a_press_that_waited_too_long_is_not_acted_on(town: Town, clock: FrozenClock) -> None:
    anna = await town.member()
    before = await anna.newest()
    await town.stop()
    person = {"id": anna.chat_id, "is_bot": False, "first_name": "Anna"}
    message = {"message_id": before["message_id"], "date": 1, "chat": {"id": anna.chat_id, "type": "private"}}
    press = {"id": "77", "from": person, "chat_instance": "1", "data": "check_in", "message": message}
    store_update(town.shop, 5, anna.chat_id, {"update_id": 5, "callback_query": press})
    clock.move(seconds=150)
    await town.start()
    await anna.finished(5)
    told = await anna.newest()
    assert told["text"].startswith("I was away when you pressed that button.")
    assert told["message_id"] > before["message_id"]
    assert (await anna.press("check_in"))["text"].startswith("☀️ Good day! That is 2 points")


async def test_an_update_that_nobody_finishes_is_given_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await town.member()

    async def broken(*_: Any, **__: Any) -> bool:
        raise RuntimeError("a bug")

    monkeypatch.setattr("bot.receiving.intake.REST_S", 0)
    monkeypatch.setattr(town.bot.host, "serve", broken)
    said = len(await anna.messages())
    await anna.finished(await anna.post({"text": "points"}))
    monkeypatch.undo()
    assert (await anna.send("points"))["text"].startswith("⭐")
    assert len(await anna.messages()) == said + 1


async def test_a_wait_beyond_all_patience_drops_the_answer(town: Town) -> None:
    anna = await town.member()
    await town.fault("429", method="sendMessage", times=1, retry_after=3600)
    said = len(await anna.messages())
    await anna.send("points")
    assert len(await anna.messages()) == said
    assert (await anna.send("points"))["text"].startswith("⭐")


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("429", {"times": 2, "retry_after": 3}),
        ("500", {"times": 1}),
        ("500", {"times": 5}),
        ("lost_before", {"times": 1}),
    ],
)
async def test_a_send_that_failed_is_tried_again_and_arrives_once(town: Town, kind: str, how: dict[str, int]) -> None:
    anna = await town.member()
    await town.fault(kind, method="sendMessage", **how)
    said = len(await anna.messages())
    assert (await anna.send("points"))["text"].startswith("⭐")
    assert len(await anna.messages()) == said + 1


async def test_a_lost_answer_to_a_send_is_risked_twice_and_no_more(town: Town) -> None:
    anna = await town.member()
    await town.fault("lost_after", method="sendMessage", times=5)
    said = len(await anna.messages())
    await anna.send("points")
    assert len(await anna.messages()) == said + 2
    assert open_updates(town.shop) == []


async def test_a_lost_answer_to_an_edit_is_repeated_without_a_trace(town: Town) -> None:
    anna = await town.member()
    home = await anna.send("menu")
    await town.fault("lost_after", method="editMessageText", times=1)
    shown = await anna.press("points", home)
    assert shown["message_id"] == home["message_id"]
    assert shown["text"].startswith("⭐")
    assert (await anna.newest())["message_id"] == home["message_id"]


async def test_a_member_who_blocks_the_bot_is_known_to_have(town: Town) -> None:
    anna = await town.member()
    await town.fault("403", method="sendMessage", times=1)
    await anna.send("points")
    assert anna.chat().blocked
    await anna.send("points")
    assert not anna.chat().blocked
    await anna.block()
    assert anna.chat().blocked
    await anna.unblock()
    assert not anna.chat().blocked


async def test_updates_left_open_are_answered_after_a_restart(town: Town) -> None:
    anna = await town.member()
    await town.stop()
    said = len(await anna.messages())
    ids = [await anna.post({"text": word}) for word in ("points", "tier", "coupons")]
    await town.start()
    for update_id in ids:
        await anna.finished(update_id)
    texts = [each["text"] for each in (await anna.messages())[said:]]
    assert [text[:2] for text in texts] == ["⭐ ", "🏅 ", "Yo"]


async def test_a_database_that_is_away_is_said_and_the_answer_follows(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await town.member()
    said = len(await anna.messages())

    def away(_: Database) -> NoReturn:
        raise DatabaseUnavailable("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", away)
        update_id = await anna.post({"text": "points"})

        async def told() -> bool:
            return len(await anna.messages()) > said

        await until(told, "a word about the database")
    await anna.finished(update_id)
    texts = [each["text"] for each in (await anna.messages())[said:]]
    assert [text.split()[0] for text in texts] == ["One", "⭐"]
    assert texts[0].startswith("One moment, please")


async def test_a_database_that_cannot_store_leaves_updates_with_telegram(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await town.member()
    real, failures = Database.write, 1

    @contextmanager
    def away(self: Database) -> Iterator[Session]:
        nonlocal failures
        if failures:
            failures -= 1
            raise DatabaseUnavailable("database is locked")
        with real(self) as session:
            yield session

    said = len(await anna.messages())
    monkeypatch.setattr(Database, "write", away)
    await anna.finished(await anna.post({"text": "points"}))
    texts = [each["text"] for each in (await anna.messages())[said:]]
    assert texts[0].startswith("One moment, please")
    assert texts[1].startswith("⭐")


async def test_a_mistake_of_ours_is_apologised_for_and_the_bot_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await town.member()

    def broken(*_: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setitem(conversation.ROUTES, "tier", conversation.Route(broken, 0, 0))
    assert (await anna.send("tier"))["text"].startswith("I am sorry, something went wrong on our side.")
    assert await anna.tap("tier") == (await anna.newest())["text"]
    assert (await anna.send("points"))["text"].startswith("⭐")
    assert open_updates(town.shop) == []


async def test_a_message_that_is_gone_gets_a_new_one(town: Town) -> None:
    anna = await town.member()
    card = await anna.send("card")
    points = await anna.press("points", card)
    assert points["message_id"] != card["message_id"]
    assert card["message_id"] not in [each["message_id"] for each in await anna.messages()]
    assert "why" not in "".join(buttons(points))


async def test_commands_are_set_in_both_languages(town: Town) -> None:
    assert [each["outcome"] for each in await town.calls("setMyCommands")] == ["ok", "ok"]
