from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.app import MemberBot, create_application, run_polling
from bot.sandbox import create_app, running
from core.shop import Shop
from tests.bot.talk import Person

TOKEN = "42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


async def no_wait(_seconds: float) -> None:
    """Waits that the bot would make are over at once."""
    await asyncio.sleep(0)


@dataclass
class Town:
    """A sandbox with our bot in it."""

    address: str
    http: httpx.AsyncClient
    shop: Shop
    bot: MemberBot
    polling: asyncio.Task[None]

    async def person(self, first_name: str = "Anna", language: str = "en", phone: str | None = None) -> Person:
        form = {"first_name": first_name, "language_code": language} | ({"phone": phone} if phone else {})
        user = (await self.http.post("/sandbox/users", json=form)).json()
        return Person(self.http, self.bot, self.shop, user["chat_id"])

    async def member(self, first_name: str = "Anna", language: str = "en") -> Person:
        """Somebody who has joined in the chat."""
        person = await self.person(first_name, language)
        await person.send("/start")
        await person.press("join:yes")
        await person.press("join:name")
        return person

    async def fault(self, kind: str, **more: Any) -> None:
        got = await self.http.post("/sandbox/faults", json={"kind": kind, **more})
        assert got.status_code == 201, got.text

    async def calls(self, method: str) -> list[dict[str, Any]]:
        found = (await self.http.get("/sandbox/calls")).json()
        return [each for each in found if each["method"].lower() == method.lower()]

    async def taps_before_an_answer(self, person: Person, data: str, times: int) -> list[str | None]:
        """Several taps on the newest message before the bot sees the first; their toasts."""
        await self.stop()
        message = await person.newest()
        queries = [await person.post_press(data, message) for _ in range(times)]
        await self.start()
        for query in queries:
            await person.finished(query["update_id"])
        return [await person.toast(query) for query in queries]

    async def stop(self) -> None:
        self.polling.cancel()
        await asyncio.gather(self.polling, return_exceptions=True)

    async def start(self) -> None:
        """Another process of the bot, on the same database."""
        self.bot = create_application(self.shop, TOKEN, self.address, sleep=no_wait)
        self.polling = await polling(self.bot)


async def polling(bot: MemberBot) -> asyncio.Task[None]:
    ready = asyncio.Event()
    task = asyncio.create_task(run_polling(bot, ready=ready, timeout_s=5))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    return task


@pytest.fixture
def open_town(shop: Shop) -> Callable[[], Any]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Town]:
        app = create_app(seed=7)
        async with running(app, port=0) as address, httpx.AsyncClient(base_url=address, timeout=20) as http:
            bot = create_application(shop, TOKEN, address, sleep=no_wait)
            town = Town(address, http, shop, bot, await polling(bot))
            try:
                yield town
            finally:
                await town.stop()

    return opened


@pytest.fixture
async def town(open_town: Callable[[], Any]) -> AsyncIterator[Town]:
    async with open_town() as town:
        yield town
