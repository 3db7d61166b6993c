from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.sandbox.wording import TERMINATED_BY_POLLER, TERMINATED_BY_WEBHOOK, WEBHOOK_IS_ACTIVE
from tests.sandbox.support import Json, Peer, keyboard, until


async def say(telegram: Peer, chat: int, *texts: str) -> list[int]:
    return [(await telegram.post(f"/chats/{chat}/send", text=text))["update_id"] for text in texts]


async def poll(telegram: Peer, **params: object) -> list[int]:
    return [update["update_id"] for update in await telegram.ok("getUpdates", **params)]


async def test_updates_come_until_confirmed(telegram: Peer) -> None:
    chat = await telegram.user()
    one, two, three = await say(telegram, chat, "1", "2", "3")
    assert [two - one, three - two] == [1, 1]
    assert await poll(telegram) == [one, two, three]
    assert await poll(telegram, limit=2) == [one, two]
    assert await poll(telegram, offset=two) == [two, three]
    assert await poll(telegram) == [two, three]
    assert await poll(telegram, offset=-1) == [three]
    assert await poll(telegram, offset=three + 1) == []


async def test_a_poll_waits_for_the_next_update(telegram: Peer) -> None:
    chat = await telegram.user()
    waiting = asyncio.create_task(telegram.ok("getUpdates", timeout=20))
    (update_id,) = await say(telegram, chat, "/start X7")
    (update,) = await waiting
    assert update["update_id"] == update_id
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert update["message"]["text"] == "/start X7"


async def polling(telegram: Peer) -> asyncio.Task[Json]:
    """A poll that the sandbox has received and that waits."""
    waiting = asyncio.create_task(telegram.call("getUpdates", timeout=20))

    async def received() -> bool:
        return bool(await telegram.get("/calls"))

    await until(received)
    return waiting


async def test_a_second_poller_ends_the_first(telegram: Peer) -> None:
    waiting = await polling(telegram)
    assert await telegram.ok("getUpdates") == []
    assert await waiting == {"ok": False, "error_code": 409, "description": TERMINATED_BY_POLLER}


async def test_a_webhook_ends_polling(telegram: Peer) -> None:
    waiting = await polling(telegram)
    await telegram.ok("setWebhook", url="http://127.0.0.1:9/")
    assert (await waiting)["description"] == TERMINATED_BY_WEBHOOK
    assert await telegram.refused("getUpdates") == f"409 {WEBHOOK_IS_ACTIVE}"
    await telegram.ok("deleteWebhook")
    assert await telegram.ok("getUpdates") == []


async def test_updates_live_a_day(telegram: Peer) -> None:
    chat = await telegram.user()
    await say(telegram, chat, "old")
    telegram.clock.advance(timedelta(hours=1))
    (newer,) = await say(telegram, chat, "newer")
    telegram.clock.advance(timedelta(hours=23))
    assert len(await poll(telegram)) == 2
    telegram.clock.advance(timedelta(seconds=1))
    assert await poll(telegram) == [newer]


async def test_numbers_start_anew_after_a_week_of_silence(telegram: Peer) -> None:
    chat = await telegram.user()
    (before,) = await say(telegram, chat, "x")
    telegram.clock.advance(timedelta(days=7))
    (after,) = await say(telegram, chat, "y")
    assert abs(after - before) > 1000
    assert await poll(telegram, offset=max(before, after) + 1_000_000) == [after]


async def test_only_allowed_kinds_are_queued(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup=keyboard("A"))
    await telegram.ok("getUpdates", allowed_updates=["callback_query"])
    assert await say(telegram, chat, "x") == [None]
    pressed = await telegram.post(f"/chats/{chat}/press", message_id=1, text="A")
    assert await poll(telegram) == [pressed["update_id"]]
    await telegram.ok("getUpdates", allowed_updates=[])
    assert await say(telegram, chat, "x") != [None]


async def test_blocking_is_an_update(telegram: Peer) -> None:
    chat = await telegram.user()
    blocked = await telegram.post(f"/chats/{chat}/block")
    again = await telegram.post(f"/chats/{chat}/block")
    await telegram.post(f"/chats/{chat}/unblock")
    assert again == {"blocked": True, "update_id": None}
    first, second = await telegram.ok("getUpdates")
    assert first["update_id"] == blocked["update_id"]
    assert first["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert second["my_chat_member"]["old_chat_member"]["status"] == "kicked"
    assert second["my_chat_member"]["new_chat_member"]["status"] == "member"


class Hook:
    """A bot's webhook: answers with `statuses` in turn, then with 200 and `body`; keeps what was posted."""

    def __init__(self) -> None:
        self.posted: asyncio.Queue[tuple[str | None, Json]] = asyncio.Queue()
        self.statuses: list[int] = []
        self.body: Json = {}
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        await self.posted.put((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        return web.json_response(self.body)

    async def next(self) -> tuple[str | None, Json]:
        return await asyncio.wait_for(self.posted.get(), 20)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    async with TestServer(app) as server:
        hook.url = str(server.make_url("/hook"))
        yield hook


async def settled(telegram: Peer) -> Json:
    """Webhook info once nothing is pending."""

    async def nothing_pending() -> bool:
        return not (await telegram.ok("getWebhookInfo"))["pending_update_count"]

    await until(nothing_pending)
    info: Json = await telegram.ok("getWebhookInfo")
    return info


async def test_a_webhook_gets_what_waited_and_what_comes(telegram: Peer, hook: Hook) -> None:
    chat = await telegram.user()
    (waited,) = await say(telegram, chat, "waited")
    await telegram.ok("setWebhook", url=hook.url, secret_token="s3-cret_")
    secret, update = await hook.next()
    assert (secret, update["update_id"]) == ("s3-cret_", waited)
    (comes,) = await say(telegram, chat, "comes")
    assert (await hook.next())[1]["update_id"] == comes
    info = await settled(telegram)
    assert (info["url"], info["max_connections"], info["has_custom_certificate"]) == (hook.url, 40, False)
    assert "last_error_message" not in info


async def test_a_webhook_that_fails_is_asked_again(telegram: Peer, hook: Hook) -> None:
    telegram.sandbox.webhooks.first_pause_s = 0.01
    hook.statuses = [500, 502]
    chat = await telegram.user()
    await telegram.ok("setWebhook", url=hook.url)
    (update_id,) = await say(telegram, chat, "x")
    assert [(await hook.next())[1]["update_id"] for _ in range(3)] == [update_id] * 3
    assert (await settled(telegram))["last_error_message"] == "Wrong response from the webhook: 502 Bad Gateway"


async def test_a_webhook_that_is_not_there(telegram: Peer) -> None:
    chat = await telegram.user()
    await telegram.ok("setWebhook", url="http://127.0.0.1:9/")
    await say(telegram, chat, "x")

    async def failed() -> bool:
        return "last_error_message" in await telegram.ok("getWebhookInfo")

    await until(failed)
    info = await telegram.ok("getWebhookInfo")
    assert (info["last_error_message"], info["pending_update_count"]) == ("Connection refused", 1)
    await telegram.ok("deleteWebhook", drop_pending_updates=True)
    assert await telegram.ok("getWebhookInfo") == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
    }


async def test_a_webhooks_response_may_call_a_method(telegram: Peer, hook: Hook) -> None:
    chat = await telegram.user()
    hook.body = {"method": "sendMessage", "chat_id": chat, "text": "in the response"}
    await telegram.ok("setWebhook", url=hook.url)
    sent = await telegram.post(f"/chats/{chat}/send", text="x")
    listed = await telegram.get(f"/chats/{chat}/messages", after=sent["message_id"], wait_s=20)
    assert [each["text"] for each in listed] == ["in the response"]


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"url": "ftp://x"}, "400 Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "http://x", "secret_token": "a b"}, "400 Bad Request: secret token contains unallowed characters"),
        ({"url": "http://x", "allowed_updates": "x"}, "400 Bad Request: can't parse allowed_updates JSON object"),
    ],
)
async def test_webhooks_that_are_refused(telegram: Peer, params: Json, refusal: str) -> None:
    assert await telegram.refused("setWebhook", **params) == refusal
    assert (await telegram.ok("getWebhookInfo"))["url"] == ""
