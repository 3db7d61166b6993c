from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from telegram import Bot, InputFile
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.request import AiohttpRequest, NotSent, seconds

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
ME = {"ok": True, "result": {"id": 42, "is_bot": True, "first_name": "B", "username": "b_bot"}}


class Telegram:
    """Answers as it is told; getMe as ever."""

    def __init__(self) -> None:
        self.answer: Answer = self.fine
        self.got: list[dict[str, object]] = []

    async def fine(self, request: web.Request) -> web.StreamResponse:
        if request.content_type == "application/json":
            self.got.append(await request.json())
            return web.json_response({"ok": True, "result": True})
        read: dict[str, object] = {}
        for name, field in (await request.post()).items():
            read[name] = (field.filename, field.file.read()) if isinstance(field, web.FileField) else field
        self.got.append(read)
        return web.json_response({"ok": True, "result": True})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(ME) if request.path.endswith("getMe") else await self.answer(request)


@pytest.fixture
async def telegram() -> Telegram:
    return Telegram()


@pytest.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    app = web.Application()
    app.router.add_post("/bot42:A/{method}", telegram.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/bot"
    request = AiohttpRequest(read_timeout=5)
    async with Bot("42:A", base_url=address, request=request, get_updates_request=request) as bot:
        yield bot
    await runner.cleanup()


async def test_parameters_and_files_arrive(bot: Bot, telegram: Telegram) -> None:
    await bot.delete_message(1, 2)
    assert telegram.got == [{"chat_id": "1", "message_id": "2"}]
    await bot.set_webhook("https://example.org/hook", certificate=InputFile(b"pem", "cert.pem"))
    assert telegram.got[1]["certificate"] == ("cert.pem", b"pem")


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"ok": False, "description": "Bad Request: chat not found"}, BadRequest),
        (403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}, Forbidden),
        (429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 7}}, RetryAfter),
        (500, {"ok": False, "description": "Internal Server Error"}, NetworkError),
    ],
)
async def test_telegrams_errors_are_the_librarys(
    bot: Bot, telegram: Telegram, status: int, body: dict[str, object], error: type[Exception]
) -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    telegram.answer = refuse
    with pytest.raises(error) as raised:
        await bot.delete_message(1, 2)
    if isinstance(raised.value, RetryAfter):
        assert seconds(raised.value) == 7


async def test_silence_is_a_timeout_and_a_broken_line_is_not_unsent(bot: Bot, telegram: Telegram) -> None:
    never = asyncio.Event()

    async def silent(_: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    telegram.answer = silent
    with pytest.raises(TimedOut):
        await bot.delete_message(1, 2, read_timeout=0.05)
    never.set()

    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    telegram.answer = hang_up
    with pytest.raises(NetworkError) as raised:
        await bot.delete_message(1, 2)
    assert not isinstance(raised.value, NotSent | TimedOut)


async def test_without_a_connection_nothing_was_sent(unused_port: int) -> None:
    request = AiohttpRequest()
    async with request:
        with pytest.raises(NotSent):
            await request.post(f"http://127.0.0.1:{unused_port}/bot42:A/getMe")


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
