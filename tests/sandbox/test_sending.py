from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.support import START, TOKEN, Json, Peer, keyboard, picture


async def test_a_message_is_answered_and_seen(telegram: Peer) -> None:
    chat = await telegram.user(language_code="en")
    sent = await telegram.ok(
        "sendMessage", chat_id=chat, text="<b>Hi</b>", parse_mode="HTML", reply_markup=keyboard("Go")
    )
    assert sent == {
        "message_id": 1,
        "from": {"id": 4242, "is_bot": True, "first_name": "Regulars", "username": "regulars_sandbox_bot"},
        "chat": {"id": chat, "type": "private", "first_name": "Ann"},
        "date": int(START.timestamp()),
        "text": "Hi",
        "entities": [{"type": "bold", "offset": 0, "length": 2}],
        "reply_markup": keyboard("Go"),
    }
    seen = await telegram.message(chat, 1)
    assert (seen["from"], seen["text"], seen["edited"], seen["deleted"]) == ("bot", "Hi", False, False)
    assert seen["buttons"] == [[{"text": "Go", "data": "go", "url": None}]]


async def test_every_way_to_pass_parameters(telegram: Peer) -> None:
    chat = await telegram.user()
    path = f"/bot{TOKEN}/sendMessage"
    fields = {"chat_id": str(chat), "text": "好", "reply_markup": json.dumps(keyboard("A"))}
    for answer in (
        await telegram.http.get(path, params=fields),
        await telegram.http.post(path, params=fields),
        await telegram.http.post(path, data=fields),
        await telegram.http.post(path, data=fields, files={"other": b"x"}),
        await telegram.http.post(path.lower(), json=fields),
    ):
        assert answer.json()["result"]["text"] == "好"
        assert answer.json()["result"]["reply_markup"] == keyboard("A")


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"text": ""}, "400 Bad Request: message text is empty"),
        ({"text": " \n "}, "400 Bad Request: message text is empty"),
        ({}, "400 Bad Request: message text is empty"),
        ({"text": "x" * 4097}, "400 Bad Request: message is too long"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            "400 Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ({"text": "x", "reply_markup": keyboard("x" * 65)}, "400 Bad Request: BUTTON_DATA_INVALID"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": ""}]]}},
            "400 Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
            "400 Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "url": "nowhere"}]]}},
            "400 Bad Request: inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
        ),
        ({"text": "x", "reply_markup": "{"}, "400 Bad Request: can't parse reply_markup JSON object"),
        ({"text": "x", "reply_parameters": {"message_id": 99}}, "400 Bad Request: message to be replied not found"),
        ({"text": "x", "chat_id": 1}, "400 Bad Request: chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "400 Bad Request: chat not found"),
        ({"text": "x", "chat_id": ""}, "400 Bad Request: chat_id is empty"),
    ],
)
async def test_what_is_refused_leaves_no_message(telegram: Peer, params: Json, refusal: str) -> None:
    chat = await telegram.user()
    assert await telegram.refused("sendMessage", **{"chat_id": chat, **params}) == refusal
    assert await telegram.get(f"/chats/{chat}/messages") == []


async def test_data_of_64_bytes_is_taken_and_counted_in_bytes(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="x" * 4096, reply_markup=keyboard("x" * 64))
    chinese = {"inline_keyboard": [[{"text": "x", "callback_data": "积" * 22}]]}
    refused = await telegram.refused("sendMessage", chat_id=chat, text="x", reply_markup=chinese)
    assert refused == "400 Bad Request: BUTTON_DATA_INVALID"


async def test_only_who_wrote_and_did_not_block_is_written_to(telegram: Peer) -> None:
    chat = await telegram.user(started=False)
    never = "403 Forbidden: bot can't initiate conversation with a user"
    assert await telegram.refused("sendMessage", chat_id=chat, text="x") == never
    await telegram.post(f"/chats/{chat}/send", text="/start")
    await telegram.ok("sendMessage", chat_id=chat, text="x")
    await telegram.post(f"/chats/{chat}/block")
    blocked = "403 Forbidden: bot was blocked by the user"
    assert await telegram.refused("sendMessage", chat_id=chat, text="x") == blocked
    assert await telegram.refused("sendPhoto", chat_id=chat, photo="x") == blocked
    await telegram.post(f"/chats/{chat}/unblock")
    await telegram.ok("sendMessage", chat_id=chat, text="x")
    assert len(await telegram.get(f"/chats/{chat}/messages")) == 3


async def send_file(telegram: Peer, chat: int, kind: str, data: bytes, **fields: str) -> Json:
    files = {kind: ("a.bin", data, "application/octet-stream")}
    answer = await telegram.http.post(
        f"/bot{TOKEN}/send{kind.title()}", data={"chat_id": str(chat), **fields}, files=files
    )
    body: Json = answer.json()
    return body


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_a_photo_is_kept_shown_and_sent_again(telegram: Peer, kind: str) -> None:
    chat, data = await telegram.user(), picture(31, 17, kind)
    photo = (await send_file(telegram, chat, "photo", data, caption="*c*", parse_mode="Markdown"))["result"]["photo"][0]
    assert (photo["width"], photo["height"], photo["file_size"]) == (31, 17, len(data))
    seen = await telegram.message(chat, 1)
    assert (seen["text"], seen["photo_size"]) == ("c", [31, 17])
    assert (await telegram.http.get(seen["photo"])).content == data
    file = await telegram.ok("getFile", file_id=photo["file_id"])
    assert (await telegram.http.get(f"/file/bot{TOKEN}/{file['file_path']}")).content == data
    again = await telegram.ok("sendPhoto", chat_id=chat, photo=photo["file_id"])
    assert again["photo"] == [photo]
    assert await telegram.refused("sendPhoto", chat_id=chat, photo=photo["file_id"], caption="x" * 1025) == (
        "400 Bad Request: message caption is too long"
    )


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"no picture", "Bad Request: IMAGE_PROCESS_FAILED"),
        (b"", "Bad Request: file must be non-empty"),
        (picture(210, 10), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (picture(30, 20) + b"\0" * 10_000_000, "Bad Request: file is too big"),
    ],
)
async def test_pictures_that_telegram_does_not_take(telegram: Peer, data: bytes, refusal: str) -> None:
    chat = await telegram.user()
    assert (await send_file(telegram, chat, "photo", data))["description"] == refusal
    assert await telegram.get(f"/chats/{chat}/messages") == []


async def test_a_document(telegram: Peer) -> None:
    chat = await telegram.user()
    sent = (await send_file(telegram, chat, "document", b"a,b\n1,2\n", caption="export"))["result"]["document"]
    assert (sent["file_name"], sent["file_size"]) == ("a.bin", 8)
    seen = await telegram.message(chat, 1)
    assert (await telegram.http.get(seen["document"]["url"])).content == b"a,b\n1,2\n"
    assert await telegram.refused("sendPhoto", chat_id=chat, photo=sent["file_id"]) == (
        "400 Bad Request: type of file mismatch"
    )


@pytest.mark.parametrize(
    ("method", "params", "refusal"),
    [
        ("sendPhoto", {}, "400 Bad Request: there is no photo in the request"),
        ("sendPhoto", {"photo": "none"}, "400 Bad Request: wrong file identifier/HTTP URL specified"),
        ("sendDocument", {"document": "attach://missing"}, "400 Bad Request: wrong file identifier/HTTP URL specified"),
        ("getFile", {"file_id": "none"}, "400 Bad Request: invalid file_id"),
        ("sendChatAction", {"action": "dancing"}, "400 Bad Request: wrong parameter action in request"),
        ("copyMessage", {"message_id": 9}, "400 Bad Request: message to copy not found"),
        ("forwardMessage", {"message_id": 9}, "400 Bad Request: message to forward not found"),
        ("forwardMessage", {}, "400 Bad Request: message identifier is not specified"),
    ],
)
async def test_other_refusals(telegram: Peer, method: str, params: dict[str, Any], refusal: str) -> None:
    chat = await telegram.user()
    assert await telegram.refused(method, chat_id=chat, from_chat_id=chat, **params) == refusal


async def test_copies_forwards_replies_and_actions(telegram: Peer) -> None:
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    await telegram.ok("sendMessage", chat_id=ann, text="<i>x</i>", parse_mode="HTML", reply_markup=keyboard("A"))
    assert await telegram.ok("copyMessage", chat_id=bob, from_chat_id=ann, message_id=1) == {"message_id": 2}
    copied = await telegram.message(bob, 2)
    assert (copied["text"], copied["buttons"], copied["entities"][0]["type"]) == ("x", [], "italic")
    forwarded = await telegram.ok("forwardMessage", chat_id=bob, from_chat_id=ann, message_id=1)
    assert forwarded["forward_origin"]["sender_user"]["id"] == 4242
    reply = await telegram.ok("sendMessage", chat_id=ann, text="y", reply_parameters={"message_id": 1})
    assert reply["reply_to_message"]["message_id"] == 1
    assert (await telegram.message(ann, 4))["reply_to"] == 1
    assert await telegram.ok("sendChatAction", chat_id=ann, action="typing") is True


async def test_reply_keyboards_come_and_go(telegram: Peer) -> None:
    chat = await telegram.user()
    markup = {"keyboard": [[{"text": "My number", "request_contact": True}], ["No"]], "resize_keyboard": True}
    sent = await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup=markup)
    assert "reply_markup" not in sent
    assert (await telegram.message(chat, 1))["buttons"] == [
        [{"text": "My number", "data": None, "url": None, "request_contact": True}],
        [{"text": "No", "data": None, "url": None}],
    ]
    assert (await telegram.get("/changes", chats=chat))["chats"][0]["keyboard"]["resize_keyboard"] is True
    await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup={"remove_keyboard": True})
    assert (await telegram.get("/changes", chats=chat))["chats"][0]["keyboard"] is None
