from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.sandbox.calendar import Calendar
from tests.sandbox.support import START, TOKEN, Json, Peer, keyboard, picture


async def test_users(telegram: Peer) -> None:
    ann = await telegram.post("/users", first_name="Ann", username="ann_a", language_code="en", phone="+4917012345")
    assert ann["chat_id"] == ann["user_id"]
    fixed = await telegram.post("/users", first_name="小美", user_id=77)
    assert fixed["user_id"] == 77
    assert await telegram.get("/users") == [ann, fixed]
    for field, value in (("username", "ann_a"), ("phone", "+4917012345"), ("user_id", 77)):
        status, error = await telegram.wrong("POST", "/users", {"first_name": "Bob", field: value})
        assert (status, error["field"]) == (409, field)
    assert len(await telegram.get("/users")) == 2


CHAT = "/chats/77"


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "field"),
    [
        ("POST", "/users", {}, 422, "first_name"),
        ("POST", "/users", {"first_name": " "}, 422, "first_name"),
        ("POST", "/users", {"first_name": "x", "phone": "call me"}, 422, "phone"),
        ("POST", "/users", {"first_name": "x", "nick": "y"}, 422, "nick"),
        ("POST", "/chats/5/send", {"text": "x"}, 404, "chat_id"),
        ("POST", "/chats/x/send", {"text": "x"}, 422, "chat_id"),
        ("POST", f"{CHAT}/send?bot=9", {"text": "x"}, 404, "bot"),
        ("POST", f"{CHAT}/send", {}, 422, None),
        ("POST", f"{CHAT}/send", {"text": ""}, 422, "text"),
        ("POST", f"{CHAT}/send", {"text": "x", "contact": True}, 422, None),
        ("POST", f"{CHAT}/send", {"contact": True}, 409, "contact"),
        ("POST", f"{CHAT}/send", {"photo": "?"}, 422, "photo"),
        ("POST", f"{CHAT}/send", {"photo": "AAAA"}, 422, "photo"),
        ("POST", f"{CHAT}/send", {"text": "x", "caption": "y"}, 422, None),
        ("POST", f"{CHAT}/press", {"message_id": 9, "text": "A"}, 404, "message_id"),
        ("POST", f"{CHAT}/press", {"message_id": 1, "text": "Z"}, 404, "text"),
        ("POST", f"{CHAT}/press", {"message_id": 1, "text": "Site"}, 409, "text"),
        ("POST", f"{CHAT}/press", {"message_id": 1}, 422, None),
        ("POST", f"{CHAT}/press", {"message_id": 1, "data": "x" * 65}, 422, "data"),
        ("GET", f"{CHAT}/messages?wait_s=61", None, 422, "wait_s"),
        ("GET", "/files/none", None, 404, "file_unique_id"),
        ("POST", "/faults", {"kind": "418"}, 422, "kind"),
        ("POST", "/faults", {"kind": "500", "times": 0}, 422, "times"),
        ("POST", "/faults", {"kind": "500", "method": "sendMesage"}, 422, "method"),
        ("PUT", "/limits", {"per_second": 0}, 422, "per_second"),
        ("POST", "/clock", {}, 422, None),
        ("POST", "/clock", {"to": "2026-03-02T11:59:59Z"}, 409, "to"),
        ("POST", "/clock", {"to": "2026-03-03T12:00:00"}, 422, "to"),
        ("POST", "/clock", {"advance_s": -1}, 422, "advance_s"),
        ("GET", "/calls?after=-1", None, 422, "after"),
    ],
)
async def test_bad_input_is_named_and_changes_nothing(
    telegram: Peer, verb: str, path: str, body: Json | None, status: int, field: str | None
) -> None:
    await telegram.user("Ann", user_id=77)
    rows = keyboard("A")["inline_keyboard"] + [[{"text": "Site", "url": "https://example.com"}]]
    await telegram.ok("sendMessage", chat_id=77, text="x", reply_markup={"inline_keyboard": rows})
    before = await telegram.get("/changes", chats=77)
    answered, error = await telegram.wrong(verb, path, body)
    assert (answered, error["field"]) == (status, field), error
    assert error["error"]
    assert error["mend"]
    assert await telegram.get("/changes", chats=77) == before
    assert await telegram.ok("getUpdates") == []
    assert telegram.clock.at == START
    assert await telegram.get("/faults") == []


async def test_a_body_that_is_no_json(telegram: Peer) -> None:
    answer = await telegram.http.post("/sandbox/users", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (422, "JSON decode error")


async def test_files_that_people_send_are_there_to_be_fetched(telegram: Peer) -> None:
    chat = await telegram.user()
    data, large = picture(31, 17, "JPEG"), bytes(20_000_001)
    await telegram.post(f"/chats/{chat}/send", photo=b64encode(data).decode(), caption="/card")
    document = {"name": "a.bin", "mime": "application/x-a", "content": b64encode(large).decode()}
    await telegram.post(f"/chats/{chat}/send", document=document)
    sent = [update["message"] for update in await telegram.ok("getUpdates")]
    [photo] = sent[0]["photo"]
    assert (photo["width"], photo["height"], photo["file_size"]) == (31, 17, len(data))
    assert (sent[0]["caption"], sent[0]["caption_entities"][0]["type"]) == ("/card", "bot_command")
    file = await telegram.ok("getFile", file_id=photo["file_id"])
    assert (await telegram.http.get(f"/file/bot{TOKEN}/{file['file_path']}")).content == data
    kept = sent[1]["document"]
    assert (kept["file_name"], kept["mime_type"], kept["file_size"]) == ("a.bin", "application/x-a", len(large))
    assert await telegram.refused("getFile", file_id=kept["file_id"]) == "400 Bad Request: file is too big"
    assert [each["photo_size"] for each in await telegram.get(f"/chats/{chat}/messages")] == [[31, 17], None]


async def test_ones_own_contact_and_anothers(telegram: Peer) -> None:
    chat = await telegram.user("Ann", phone="+4917012345")
    await telegram.post(f"/chats/{chat}/send", contact=True)
    forged = {"phone_number": "+861380000", "first_name": "Bob", "user_id": 5}
    await telegram.post(f"/chats/{chat}/send", contact=forged)
    own, others = await telegram.ok("getUpdates")
    assert own["message"]["contact"] == {"phone_number": "+4917012345", "first_name": "Ann", "user_id": chat}
    assert others["message"]["contact"] == forged
    assert (await telegram.message(chat, 2))["contact"] == forged


async def test_reply_keyboards_are_pressed_by_label(telegram: Peer) -> None:
    chat = await telegram.user("Ann", phone="+4917012345")
    rows = [[{"text": "My number", "request_contact": True}, {"text": "Later"}]]
    await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup={"keyboard": rows})
    shared = await telegram.post(f"/chats/{chat}/press", message_id=1, text="My number")
    assert shared["callback_query_id"] is None
    await telegram.post(f"/chats/{chat}/press", message_id=1, text="Later")
    first, second = await telegram.ok("getUpdates")
    assert first["update_id"] == shared["update_id"]
    assert first["message"]["contact"]["user_id"] == chat
    assert second["message"]["text"] == "Later"


async def test_who_blocked_can_neither_write_nor_press(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup=keyboard("A"))
    await telegram.post(f"/chats/{chat}/block")
    assert (await telegram.wrong("POST", f"/chats/{chat}/send", {"text": "x"}))[0] == 409
    assert (await telegram.wrong("POST", f"/chats/{chat}/press", {"message_id": 1, "text": "A"}))[0] == 409
    assert len(await telegram.get(f"/chats/{chat}/messages")) == 1


async def test_waiting_for_a_message(telegram: Peer) -> None:
    chat = await telegram.user()
    waiting = asyncio.create_task(telegram.get(f"/chats/{chat}/messages", after=0, wait_s=20))
    await telegram.ok("sendMessage", chat_id=chat, text="x")
    assert [each["text"] for each in await waiting] == ["x"]
    assert await telegram.get(f"/chats/{chat}/messages", after=1, wait_s=0) == []
    await telegram.ok("sendMessage", chat_id=chat, text="y")
    assert [each["text"] for each in await telegram.get(f"/chats/{chat}/messages", after=1)] == ["y"]


async def test_new_or_changed(telegram: Peer) -> None:
    chat = await telegram.user()
    for text in ("one", "two"):
        await telegram.ok("sendMessage", chat_id=chat, text=text)
    version = (await telegram.message(chat, 2))["version"]
    await telegram.ok("editMessageText", chat_id=chat, message_id=1, text="changed")
    await telegram.ok("deleteMessage", chat_id=chat, message_id=2)
    listed = await telegram.get(f"/chats/{chat}/messages", edits_after=version)
    assert [(each["text"], each["edited"], each["deleted"]) for each in listed] == [
        ("changed", True, False),
        ("two", False, True),
    ]


async def test_changes_wake_the_page(telegram: Peer) -> None:
    chat = await telegram.user()
    now = (await telegram.get("/changes", chats=chat))["version"]
    waiting = asyncio.create_task(telegram.get("/changes", chats=chat, after=now, wait_s=20))
    await telegram.post(f"/chats/{chat}/send", text="x")
    changed = await waiting
    assert [each["text"] for each in changed["chats"][0]["messages"]] == ["x"]
    waiting = asyncio.create_task(telegram.get("/changes", after=changed["version"], wait_s=20))
    await telegram.post("/users", first_name="Bob")
    assert [user["first_name"] for user in (await waiting)["users"]] == ["Ann", "Bob"]


async def test_the_log_of_calls(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="x")
    await telegram.refused("sendMessage", chat_id=5, text="x")
    assert (await telegram.call("getMe", token="4242:bad token"))["error_code"] == 401
    assert (await telegram.call("getYou"))["description"] == "Not Found"
    first, *others = await telegram.get("/calls")
    assert first == {
        "n": 1,
        "at": START.isoformat(),
        "method": "sendMessage",
        "chat_id": chat,
        "outcome": "ok",
        "description": None,
        "message_id": 1,
    }
    assert [(each["n"], each["outcome"]) for each in others] == [(2, "400"), (3, "401"), (4, "404")]
    assert [each["n"] for each in await telegram.get("/calls", after=3)] == [4]


@pytest.mark.parametrize(("kind", "code"), [("429", 429), ("403", 403), ("500", 500)])
async def test_faults_that_answer(telegram: Peer, kind: str, code: int) -> None:
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    await telegram.post("/faults", kind=kind, method="sendMessage", chat_id=ann, times=2, retry_after=7)
    await telegram.ok("sendMessage", chat_id=bob, text="x")
    for _ in range(2):
        answer = await telegram.call("sendMessage", chat_id=str(ann), text="x")
        assert answer["error_code"] == code
        assert answer.get("parameters") == ({"retry_after": 7} if code == 429 else None)
    await telegram.ok("sendMessage", chat_id=ann, text="x")
    assert len(await telegram.get(f"/chats/{ann}/messages")) == 1
    assert [outcome for _, outcome in await telegram.calls()] == ["ok", kind, kind, "ok"]


@pytest.mark.parametrize(("kind", "processed"), [("lost_before", 0), ("lost_after", 1)])
async def test_faults_that_never_answer(telegram: Peer, kind: str, processed: int) -> None:
    chat = await telegram.user()
    await telegram.post("/faults", kind=kind)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await telegram.call("sendMessage", chat_id=chat, text="x")
    assert len(await telegram.get(f"/chats/{chat}/messages")) == processed
    (call,) = await telegram.get("/calls")
    assert (call["outcome"], call["message_id"]) == (kind, processed or None)
    await telegram.ok("sendMessage", chat_id=chat, text="x")


async def test_faults_can_be_called_off_and_spare_polling_unless_named(telegram: Peer) -> None:
    await telegram.post("/faults", kind="500", times=5)
    assert await telegram.ok("getUpdates") == []
    assert [fault["times"] for fault in await telegram.get("/faults")] == [5]
    await telegram.http.delete("/sandbox/faults")
    await telegram.ok("getMe")
    await telegram.post("/faults", kind="500", method="getUpdates")
    assert await telegram.refused("getUpdates") == "500 Internal Server Error"


async def test_the_flood_model(telegram: Peer) -> None:
    ann, bob = await telegram.user("Ann"), await telegram.user("Bob")
    await telegram.http.put("/sandbox/limits", json={"per_second": 3, "per_chat_per_second": 0.5})
    await telegram.ok("sendMessage", chat_id=ann, text="x")
    answer = await telegram.call("sendMessage", chat_id=ann, text="x")
    assert answer["description"] == "Too Many Requests: retry after 2"
    assert answer["parameters"] == {"retry_after": 2}
    await telegram.ok("sendMessage", chat_id=bob, text="x")
    telegram.stopwatch.at += 1.5
    assert (await telegram.call("sendMessage", chat_id=bob, text="x"))["parameters"] == {"retry_after": 1}
    telegram.stopwatch.at += 0.5
    await telegram.ok("sendMessage", chat_id=ann, text="x")
    await telegram.http.put("/sandbox/limits", json={"per_second": 1})
    await telegram.ok("sendMessage", chat_id=ann, text="x")
    assert (await telegram.call("copyMessage", chat_id=bob, from_chat_id=ann, message_id=1))["error_code"] == 429
    await telegram.ok("sendChatAction", chat_id=ann, action="typing")
    await telegram.http.put("/sandbox/limits", json={})
    assert await telegram.get("/limits") == {"per_second": None, "per_chat_per_second": None, "latency_ms": 0}
    await telegram.ok("sendMessage", chat_id=ann, text="x")


async def test_latency_is_set_and_calls_still_work(telegram: Peer) -> None:
    await telegram.http.put("/sandbox/limits", json={"latency_ms": 1})
    assert (await telegram.get("/limits"))["latency_ms"] == 1
    assert (await telegram.ok("getMe"))["id"] == 4242


async def test_the_page_goes_to_days_of_the_shops_zone(telegram: Peer) -> None:
    """It is 20:00 in Shanghai when it is noon in UTC; a day is gone to when all of it has come."""
    telegram.sandbox.calendar = lambda now: Calendar(
        ZoneInfo("Asia/Shanghai"), time(21, 15), {"Ann's birthday": date(2026, 3, 20)}
    )
    clock = (await telegram.get("/changes"))["clock"]
    assert (clock["zone"], clock["going"]) == ("Asia/Shanghai", None)
    assert {goal["name"]: goal["at"][:16] for goal in clock["goals"]} == {
        "+1 day": "2026-03-03T13:15",
        "+1 week": "2026-03-09T13:15",
        "+1 month": "2026-04-02T13:15",
        "Ann's birthday": "2026-03-20T13:15",
        "New Year": "2027-01-01T13:15",
    }
    assert await telegram.post("/clock", local="2026-03-31T08:00") == {"now": "2026-03-31T00:00:00+00:00"}
    goals = (await telegram.get("/changes"))["clock"]["goals"]
    assert goals[2] == {"name": "+1 month", "at": "2026-04-30T13:15:00+00:00"}


async def test_the_clock_moves_forward(telegram: Peer) -> None:
    assert await telegram.get("/clock") == {"now": START.isoformat()}
    moved = await telegram.post("/clock", advance_s=90)
    assert moved == {"now": (START + timedelta(seconds=90)).isoformat()}
    assert await telegram.post("/clock", to="2026-04-01T08:00:00+08:00") == {"now": "2026-04-01T00:00:00+00:00"}


async def test_malformed_bodies_on_the_bots_side(telegram: Peer) -> None:
    path = f"/bot{TOKEN}/sendMessage"
    cases: list[tuple[bytes, str, str]] = [
        (b"[1]", "application/json", "Bad Request: can't parse JSON object"),
        (b"{", "application/json", "Bad Request: can't parse JSON object"),
        (b"text=\xff", "application/x-www-form-urlencoded", "Bad Request: strings must be encoded in UTF-8"),
        (b"x", "multipart/form-data", "Bad Request: can't parse multipart body: Missing boundary in multipart."),
    ]
    for content, kind, refusal in cases:
        answer = await telegram.http.post(path, content=content, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["description"]) == (400, refusal)


async def test_two_bots_keep_their_chats_apart(telegram: Peer) -> None:
    chat, other = await telegram.user(), "99:another-token"
    await telegram.ok("getMe")
    assert (await telegram.call("getMe", token=other))["result"]["username"] == "regulars_sandbox_2_bot"
    sent: dict[str, Any] = await telegram.post(f"/chats/{chat}/send?bot=99", text="to the second")
    assert await telegram.ok("getUpdates") == []
    (update,) = (await telegram.call("getUpdates", token=other))["result"]
    assert update["update_id"] == sent["update_id"]
