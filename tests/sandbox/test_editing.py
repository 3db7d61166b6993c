from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from bot.sandbox.wording import NOT_MODIFIED
from tests.sandbox.support import TOKEN, Json, Peer, keyboard, picture


async def test_an_edit_replaces_text_and_keyboard_and_can_be_waited_for(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="one", reply_markup=keyboard("A"))
    version = (await telegram.message(chat, 1))["version"]
    waiting = asyncio.create_task(telegram.get(f"/chats/{chat}/messages", edits_after=version, wait_s=10))
    telegram.clock.advance(timedelta(seconds=5))
    edited = await telegram.ok("editMessageText", chat_id=chat, message_id=1, text="two")
    assert (edited["text"], edited["edit_date"] - edited["date"]) == ("two", 5)
    assert "reply_markup" not in edited
    (seen,) = await waiting
    assert (seen["text"], seen["buttons"], seen["edited"]) == ("two", [], True)
    assert seen["version"] > version


@pytest.mark.parametrize(
    ("method", "params", "refusal"),
    [
        ("editMessageText", {"message_id": 1, "text": "one", "reply_markup": keyboard("A")}, NOT_MODIFIED),
        ("editMessageReplyMarkup", {"message_id": 1, "reply_markup": keyboard("A")}, NOT_MODIFIED),
        ("editMessageText", {"message_id": 9, "text": "x"}, "message to edit not found"),
        ("editMessageText", {"message_id": 2, "text": "x"}, "message can't be edited"),
        ("editMessageText", {"text": "x"}, "message identifier is not specified"),
        ("editMessageText", {"inline_message_id": "x", "text": "x"}, "MESSAGE_ID_INVALID"),
        ("editMessageText", {"message_id": 1, "text": " "}, "message text is empty"),
        ("editMessageText", {"message_id": 1, "text": "x" * 4097}, "message is too long"),
        (
            "editMessageText",
            {"message_id": 1, "text": "x", "reply_markup": {"keyboard": [["x"]]}},
            "inline keyboard expected",
        ),
        ("editMessageCaption", {"message_id": 1, "caption": "x"}, "there is no caption in the message to edit"),
        (
            "editMessageMedia",
            {"message_id": 1, "media": {"type": "video"}},
            "can't parse InputMedia: media of type photo or document is expected",
        ),
        ("deleteMessage", {"message_id": 9}, "message to delete not found"),
        ("deleteMessages", {"message_ids": []}, "there must be 1 to 100 message identifiers specified"),
        ("pinChatMessage", {"message_id": 9}, "message to pin not found"),
    ],
)
async def test_what_is_refused_changes_nothing(telegram: Peer, method: str, params: Json, refusal: str) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="one", reply_markup=keyboard("A"))
    await telegram.post(f"/chats/{chat}/send", text="mine")
    before = await telegram.get(f"/chats/{chat}/messages")
    assert await telegram.refused(method, chat_id=chat, **params) == f"400 Bad Request: {refusal}"
    assert await telegram.get(f"/chats/{chat}/messages") == before


async def test_buttons_and_captions_and_media(telegram: Peer) -> None:
    chat = await telegram.user()
    fields = {"chat_id": str(chat), "caption": "one"}
    await telegram.http.post(f"/bot{TOKEN}/sendPhoto", data=fields, files={"photo": picture(30, 20)})
    assert await telegram.refused("editMessageText", chat_id=chat, message_id=1, text="x") == (
        "400 Bad Request: there is no text in the message to edit"
    )
    edited = await telegram.ok(
        "editMessageCaption", chat_id=chat, message_id=1, caption="two", reply_markup=keyboard("A")
    )
    assert (edited["caption"], edited["photo"][0]["width"]) == ("two", 30)
    edited = await telegram.ok("editMessageReplyMarkup", chat_id=chat, message_id=1, reply_markup=keyboard("B"))
    assert (edited["caption"], edited["reply_markup"]) == ("two", keyboard("B"))
    media = json.dumps({"type": "photo", "media": "attach://new", "caption": "three"})
    fields = {"chat_id": str(chat), "message_id": "1", "media": media}
    answer = await telegram.http.post(f"/bot{TOKEN}/editMessageMedia", data=fields, files={"new": picture(44, 20)})
    assert answer.json()["result"]["photo"][0]["width"] == 44
    seen = await telegram.message(chat, 1)
    assert (seen["text"], seen["photo_size"], seen["buttons"]) == ("three", [44, 20], [])


async def test_deleting(telegram: Peer) -> None:
    chat = await telegram.user()
    for text in ("one", "two", "three", "four"):
        await telegram.ok("sendMessage", chat_id=chat, text=text)
    assert await telegram.ok("deleteMessage", chat_id=chat, message_id=1) is True
    assert await telegram.ok("deleteMessages", chat_id=chat, message_ids=[2, 99]) is True
    assert [each["deleted"] for each in await telegram.get(f"/chats/{chat}/messages")] == [True, True, False, False]
    assert await telegram.refused("deleteMessage", chat_id=chat, message_id=1) == (
        "400 Bad Request: message to delete not found"
    )
    assert await telegram.refused("editMessageText", chat_id=chat, message_id=1, text="x") == (
        "400 Bad Request: message to edit not found"
    )
    telegram.clock.advance(timedelta(hours=48, seconds=1))
    assert await telegram.refused("deleteMessage", chat_id=chat, message_id=3) == (
        "400 Bad Request: message can't be deleted for everyone"
    )
    await telegram.ok("deleteMessages", chat_id=chat, message_ids=[3, 4])
    assert not (await telegram.message(chat, 3))["deleted"]


async def test_pins(telegram: Peer) -> None:
    chat = await telegram.user()
    for text in ("one", "two"):
        await telegram.ok("sendMessage", chat_id=chat, text=text)
    await telegram.ok("pinChatMessage", chat_id=chat, message_id=1)
    await telegram.ok("pinChatMessage", chat_id=chat, message_id=2)
    assert (await telegram.ok("getChat", chat_id=chat))["pinned_message"]["text"] == "two"
    await telegram.ok("unpinChatMessage", chat_id=chat)
    assert (await telegram.ok("getChat", chat_id=chat))["pinned_message"]["text"] == "one"
    await telegram.ok("deleteMessage", chat_id=chat, message_id=1)
    assert "pinned_message" not in await telegram.ok("getChat", chat_id=chat)
    await telegram.ok("pinChatMessage", chat_id=chat, message_id=2)
    await telegram.ok("unpinChatMessage", chat_id=chat, message_id=2)
    await telegram.ok("pinChatMessage", chat_id=chat, message_id=2)
    await telegram.ok("unpinAllChatMessages", chat_id=chat)
    assert "pinned_message" not in await telegram.ok("getChat", chat_id=chat)
