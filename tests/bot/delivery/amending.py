"""Corrections and recalls while senders are killed and lied to, then Telegram's log of calls against our rows."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from random import Random
from typing import Any

import httpx
from sqlalchemy import select

from core.db.amendments import amended_messages, amendments
from core.db.database import Database
from core.shop import DatabaseUnavailable, Shop
from tests.bot.delivery.crash import FORK, LATENCY_MS, sandbox, work
from tests.bot.delivery.post import add_members, rows, seat
from tests.bot.talk import until
from tests.campaigns import content, launched, planned
from tests.services.deliveries.test_amend import approved, correction, recalled

NEW = "Four off"
EDIT, DELETE = "editMessageText", "deleteMessage"


@dataclass
class Amending:
    """A campaign is corrected while half of it is still to leave, and recalled when all of it says the right thing."""

    url: str
    seed: int
    count: int = 30
    rate: int = 100
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._shop = Shop(Database(self.url))
        self._workers: list[ForkServerProcess] = []

    async def run(self) -> None:
        """AssertionError: a message was left as it was, changed twice, or survived its recall."""
        with sandbox() as address:
            async with httpx.AsyncClient(base_url=address, timeout=20) as http:
                self._http, self._address = http, address
                try:
                    await self._all()
                finally:
                    for worker in self._workers:
                        worker.kill()
                        worker.join()
                    self._shop.database.dispose()

    async def _all(self) -> None:
        await self._http.put("/sandbox/limits", json={"latency_ms": LATENCY_MS})
        ids = add_members(self._shop, await seat(self._http, self.count))
        campaign_id = launched(self._shop, ids, [content("Five off", buttons=[])])
        planned(self._shop, campaign_id, dict.fromkeys(ids, ("a", "en")), kind="transactional", purpose="membership")
        for _ in range(2):
            self._start()
        await until(self._half_sent, "half of the messages")
        approved(self._shop, correction(self._shop, campaign_id, NEW, buttons=[]))
        await self._rage(EDIT)
        await self._check_edited()
        recalled(self._shop, campaign_id)
        await self._rage(DELETE)
        await self._check_deleted()

    def _start(self) -> None:
        worker = FORK.Process(target=work, args=(self.url, self._address, self.rate), daemon=True)
        worker.start()
        self._workers.append(worker)

    async def _half_sent(self) -> bool:
        sent = [row for row in rows(self._shop) if row.state == "sent"]
        return len(sent) >= self.count // 2

    async def _rage(self, method: str) -> None:
        """Faults and kills for a while; then the sky clears and everything must end."""
        for doom in (False, True, False):
            await asyncio.sleep(self._random.uniform(0.05, 0.2))
            kind = self._random.choice(["429", "500", "lost_before", "lost_after"])
            self.happened[kind] += 1
            await self._http.post("/sandbox/faults", json={"kind": kind, "method": method, "times": 2})
            if doom:
                self.happened["kill"] += 1
                self._workers.pop(0).kill()
                self._start()
        await self._http.delete("/sandbox/faults")
        await until(self._nothing_open, "an end for every message and every change of one")

    async def _nothing_open(self) -> bool:
        with suppress(DatabaseUnavailable), self._shop.read() as session:
            changes = set(session.execute(select(amended_messages.c.state)).scalars())
            statuses = set(session.execute(select(amendments.c.status)).scalars())
            messages = {row.state for row in rows(self._shop)}
            return "planning" not in statuses and not {"planned", "sending"} & (changes | messages)
        return False

    async def _check_edited(self) -> None:
        for chat_id, messages in (await self._seen()).items():
            assert messages, chat_id
            assert all(each["text"] == NEW for each in messages[-1:]), (chat_id, messages)

    async def _check_deleted(self) -> None:
        numbers = {row.message_id for row in rows(self._shop) if row.state == "sent"}
        for chat_id, messages in (await self._seen()).items():
            assert [each for each in messages if each["message_id"] in numbers] == [], (chat_id, messages)
        calls = await self._calls()
        edited = [each for each in calls if each["method"] == EDIT and each["message_id"]]  # what was refused has none
        deleted = [each for each in calls if each["method"] == DELETE and each["outcome"] == "ok"]
        assert edited
        for made in (edited, deleted):
            assert set(Counter(each["chat_id"] for each in made).values()) == {1}

    async def _seen(self) -> dict[int, list[dict[str, Any]]]:
        """What each chat shows of the bot's."""
        shown = {}
        for chat_id in sorted({each["chat_id"] for each in await self._calls() if each["method"] == "sendMessage"}):
            messages = (await self._http.get(f"/sandbox/chats/{chat_id}/messages?after=0&wait_s=0")).json()
            shown[chat_id] = [each for each in messages if each["from"] == "bot" and not each["deleted"]]
        return shown

    async def _calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._http.get("/sandbox/calls")).json()
        return found
