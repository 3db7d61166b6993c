"""The API and the bots are killed while people talk: nothing they say is lost, done twice or out of turn."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from typing import Any

import httpx
import structlog
import uvicorn
from pydantic import SecretStr
from sqlalchemy import func, insert, select

from api.app import create_app
from bot.app import create_application, run_behind_webhook
from core.db.activities import feedbacks
from core.db.chats import chats, telegram_updates
from core.db.database import Database
from core.ports import SystemClock
from core.settings import Settings
from core.shop import DatabaseUnavailable, Shop
from tests.bot.delivery.crash import FORK, sandbox
from tests.bot.delivery.post import TOKEN, seat
from tests.bot.talk import until
from tests.shopping import enrol_one

PEOPLE, ROUNDS = 4, 2
LEASE_S = 0.7
SECRET = "hush"


def take_in(url: str, port: int) -> None:
    """The API as a process of its own."""
    quiet()
    settings = Settings(_env_file=None, webhook_secret=SecretStr(SECRET))
    uvicorn.run(create_app(Shop(Database(url)), settings), port=port, log_level="critical")


def work_off(url: str, address: str, webhook: str) -> None:
    """A bot as a process of its own."""
    quiet()
    bot = create_application(Shop(Database(url)), TOKEN, address, lease_s=LEASE_S)
    asyncio.run(run_behind_webhook(bot, webhook, SECRET))


def quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def started(work: Any, *arguments: Any) -> ForkServerProcess:
    process = FORK.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


class Village:
    def __init__(self, shop: Shop, http: httpx.AsyncClient, address: str) -> None:
        self._shop, self._http = shop, http
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._api_of = (take_in, str_url(shop), self._port)
        self._bot_of = (work_off, str_url(shop), address, f"http://127.0.0.1:{self._port}/telegram/webhook")
        self.killed: list[ForkServerProcess] = []
        self.api = started(*self._api_of)
        self.bots = [started(*self._bot_of) for _ in range(2)]

    async def trouble(self) -> None:
        """A bot is killed whenever some more updates are done, and the API once."""
        done = 0
        while True:
            done = await self._more_than(done + PEOPLE)
            victim = self.bots.pop(0)
            victim.kill()
            victim.join()
            self.bots.append(started(*self._bot_of))
            if len(self.killed) == 1:
                self.api.kill()
                self.api.join()
                self.api = started(*self._api_of)
            self.killed.append(victim)

    async def _more_than(self, least: int) -> int:
        """How many updates are done, once there are so many."""
        count = select(func.count()).where(telegram_updates.c.done_at.is_not(None))
        while True:
            with suppress(DatabaseUnavailable), self._shop.read() as session:
                if (done := int(session.execute(count).scalar_one())) > least:
                    return done
            await asyncio.sleep(0.02)

    def end(self) -> None:
        for process in (self.api, *self.bots):
            process.kill()
            process.join()

    async def say(self, chat_id: int, **what: Any) -> int:
        """Write or press; the update's number, once it is stored."""
        kind = "send" if "text" in what else "press"
        update_id = (await self._http.post(f"/sandbox/chats/{chat_id}/{kind}", json=what)).json()["update_id"]
        await self.reached(update_id, stored=True)
        return int(update_id)

    async def reached(self, update_id: int, *, stored: bool) -> None:
        found = select(telegram_updates.c.done_at).where(telegram_updates.c.update_id == update_id)

        async def so() -> bool:
            try:
                with self._shop.read() as session:
                    row = session.execute(found).one_or_none()
            except DatabaseUnavailable:
                return False
            return row is not None and (stored or row.done_at is not None)

        await until(so, f"update {update_id}")

    async def ideas(self, chat_id: int) -> None:
        """Three updates for each; the last two follow without waiting for an answer, and mean nothing out of order."""
        for number in range(ROUNDS):
            await self.reached(await self.say(chat_id, text="/feedback"), stored=False)
            seen = (await self._http.get(f"/sandbox/chats/{chat_id}/messages?after=0&wait_s=0")).json()
            newest = max(each["message_id"] for each in seen if each["from"] == "bot" and not each["deleted"])
            await self.say(chat_id, message_id=newest, data="tell:idea")
            await self.reached(await self.say(chat_id, text=f"{chat_id}: idea {number}"), stored=False)


def join(shop: Shop, chat_ids: list[int]) -> None:
    for number, chat_id in enumerate(chat_ids):
        member_id = enrol_one(shop, f"Person {number}")
        with shop.write() as session:
            row = {"id": chat_id, "member_id": member_id, "language": "en", "blocked": False, "seen_at": shop.now()}
            session.execute(insert(chats).values(row))


def str_url(shop: Shop) -> str:
    return shop.database.url.render_as_string(hide_password=False)


async def test_whoever_is_killed_every_word_counts_once_and_in_turn(bare_shop: Shop, shop: Shop) -> None:
    real = Shop(bare_shop.database, SystemClock())
    with sandbox() as address:
        async with httpx.AsyncClient(base_url=address, timeout=20) as http:
            people = await seat(http, PEOPLE)
            join(real, people)
            village = Village(real, http, address)
            trouble = asyncio.create_task(village.trouble())
            try:
                await asyncio.gather(*map(village.ideas, people))
            finally:
                trouble.cancel()
                village.end()
    assert len(village.killed) > 2
    with real.read() as session:
        told = list(session.execute(select(feedbacks.c.text).order_by(feedbacks.c.id)).scalars())
        still_open = session.execute(select(telegram_updates.c.id).where(telegram_updates.c.done_at.is_(None))).all()
    assert Counter(told) == Counter(f"{chat_id}: idea {number}" for chat_id in people for number in range(ROUNDS))
    for chat_id in people:
        mine = [text for text in told if text.startswith(f"{chat_id}:")]
        assert mine == sorted(mine)
    assert still_open == []
