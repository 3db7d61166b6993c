from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.wording import QUERY_IS_GONE
from tests.sandbox.support import Json, Peer, keyboard

GONE = f"400 Bad Request: {QUERY_IS_GONE}"


async def pressed(telegram: Peer, chat: int, **press: object) -> tuple[str, Json]:
    """The query's id and the update that it became."""
    query_id = (await telegram.post(f"/chats/{chat}/press", **{"message_id": 1, **press}))["callback_query_id"]
    return query_id, (await telegram.ok("getUpdates", offset=-1))[0]["callback_query"]


async def test_a_press_is_an_update_and_its_answer_is_seen(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup=keyboard("A", "B"))
    query_id, query = await pressed(telegram, chat, text="B")
    assert (query["id"], query["data"], query["from"]["id"]) == (query_id, "b", chat)
    assert query["message"]["text"] == "x"
    assert await telegram.ok("answerCallbackQuery", callback_query_id=query_id, text="done", show_alert=True) is True
    (answer,) = await telegram.get(f"/chats/{chat}/answers", wait_s=5)
    assert (answer["callback_query_id"], answer["text"], answer["show_alert"]) == (query_id, "done", True)
    assert await telegram.get(f"/chats/{chat}/answers", after=answer["version"]) == []


async def test_forged_data_arrives_as_forged(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="x")
    _, query = await pressed(telegram, chat, data="redeem:1:someone-else")
    assert query["data"] == "redeem:1:someone-else"


async def test_the_update_shows_the_message_as_it_was(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="before", reply_markup=keyboard("A"))
    await telegram.post(f"/chats/{chat}/press", message_id=1, text="A")
    await telegram.ok("editMessageText", chat_id=chat, message_id=1, text="after")
    (update,) = await telegram.ok("getUpdates")
    assert update["callback_query"]["message"]["text"] == "before"


async def test_a_query_is_answered_once(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup=keyboard("A"))
    query_id, _ = await pressed(telegram, chat, text="A")
    await telegram.ok("answerCallbackQuery", callback_query_id=query_id)
    assert await telegram.refused("answerCallbackQuery", callback_query_id=query_id) == GONE
    assert await telegram.refused("answerCallbackQuery", callback_query_id="1") == GONE
    assert len(await telegram.get(f"/chats/{chat}/answers")) == 1


@pytest.mark.parametrize(("seconds", "in_time"), [(150, True), (151, False)])
async def test_a_query_lives_150_seconds(telegram: Peer, seconds: int, in_time: bool) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup=keyboard("A"))
    query_id, _ = await pressed(telegram, chat, text="A")
    telegram.clock.advance(timedelta(seconds=seconds))
    assert (await telegram.call("answerCallbackQuery", callback_query_id=query_id))["ok"] is in_time
    assert len(await telegram.get(f"/chats/{chat}/answers")) == in_time


async def test_an_answer_of_200_characters_is_the_longest(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup=keyboard("A"))
    query_id, _ = await pressed(telegram, chat, text="A")
    refused = await telegram.refused("answerCallbackQuery", callback_query_id=query_id, text="x" * 201)
    assert refused == "400 Bad Request: MESSAGE_TOO_LONG"
    await telegram.ok("answerCallbackQuery", callback_query_id=query_id, text="x" * 200)
