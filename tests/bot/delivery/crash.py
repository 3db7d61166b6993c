"""A broadcast through everything that can go wrong, then Telegram's log of calls against our rows.

The short form is a test, tests/bot/delivery/soak.py the long one.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any

import httpx
import structlog
from sqlalchemy import insert, text, update

from bot.delivery.governor import Governor
from bot.delivery.worker import governor_of, run_worker
from core.db.chats import chats
from core.db.database import Database
from core.db.deliveries import deliveries
from core.db.members import members
from core.rules.messaging import Caps, Ended
from core.services.deliveries.deliver import Policy
from core.services.deliveries.pause_source import pause_source, resume_source
from core.shop import DatabaseUnavailable, Shop
from tests.bot.delivery.post import TOKEN, add_members, message, plan, rows, seat
from tests.bot.talk import until

ROOT = Path(__file__).parents[3]
SOURCE = "campaign:1"
LEASE_S = 0.7
LATENCY_MS = 60
POLICY = Policy(Caps(per_day=9, per_week=1))
FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["api.app", "bot.app", "bot.delivery.worker"])
ARRIVED = ("ok", "lost_after")
UNTOUCHED = ("held out", "no consent", "blocked", "quiet", "capped")
"""Members whom no request may reach."""


def work(url: str, address: str, rate: int) -> None:
    """A worker as a process of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    shop = Shop(Database(url))

    async def main() -> None:
        with ThreadPoolExecutor(1) as threads:
            governor = await _governor(shop, rate, threads)
            await run_worker(shop, TOKEN, address, governor=governor, policy=POLICY, lease_s=LEASE_S)

    asyncio.run(main())


async def _governor(shop: Shop, rate: int, threads: ThreadPoolExecutor) -> Governor:
    """Whoever starts a worker tries again while the database is away."""
    while True:
        with suppress(DatabaseUnavailable):
            return governor_of(shop, TOKEN, rate, threads)
        await asyncio.sleep(0.1)


@dataclass
class Storm:
    """seed: of everything that is drawn. seconds: how long it rages; then the sky clears and everything must end.

    restart: kills the database and starts it again, where that can be had; done once.
    """

    url: str
    seed: int
    count: int = 100
    seconds: float = 1.5
    rate: int = 100
    restart: Callable[[], None] | None = None
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._shop = Shop(Database(self.url))
        self._workers: list[ForkServerProcess] = []
        self._roles: dict[int, str] = {}

    async def run(self) -> Counter[str]:
        """How many ended how. AssertionError: a message was lost, or came twice, or to whom it must not."""
        with sandbox() as address:
            async with httpx.AsyncClient(base_url=address, timeout=20) as http:
                self._http, self._address = http, address
                try:
                    return await self._weather()
                finally:
                    for worker in self._workers:
                        worker.kill()
                        worker.join()
                    self._shop.database.dispose()

    async def _weather(self) -> Counter[str]:
        await self._http.put("/sandbox/limits", json={"latency_ms": LATENCY_MS})
        self._plan(await seat(self._http, self.count))
        for _ in range(2):
            self._start()
        await self._rage()
        await self._calm()
        calls = (await self._http.get("/sandbox/calls")).json()
        return self._checked([each for each in calls if each["method"] == "sendMessage"])

    def _plan(self, chat_ids: list[int]) -> None:
        ids = add_members(self._shop, chat_ids)
        messages = []
        for chat_id, member_id in zip(chat_ids, ids, strict=True):
            role = self._random.choices([*UNTOUCHED, "reachable"], [1, 1, 1, 1, 1, 20])[0]
            self._roles[chat_id] = role
            self._prepare(role, chat_id, member_id)
            kind = "promo"
            if role == "reachable":
                kind = self._random.choices(["promo", "transactional", "care"], [7, 2, 1])[0]
            ended = Ended("held_out") if role == "held out" else None
            messages.append(message(self._shop, member_id, kind=kind, ended=ended))
        assert plan(self._shop, *messages) == self.count

    def _prepare(self, role: str, chat_id: int, member_id: int) -> None:
        with self._shop.write() as session:
            now = self._shop.now()
            if role == "no consent":
                session.execute(update(members).where(members.c.id == member_id).values(allow_offers=False))
            elif role == "blocked":
                session.execute(update(chats).where(chats.c.id == chat_id).values(blocked=True))
            elif role == "quiet":
                zone = self._shop.version_at(session, now).program.program.zone
                local = now.astimezone(zone)
                minute = local.hour * 60 + local.minute
                hours = {"quiet_from": (minute - 60) % 1440, "quiet_until": (minute + 60) % 1440}
                session.execute(update(members).where(members.c.id == member_id).values(hours))
            elif role == "capped":
                before = {"source": "before", "occasion": "1", "kind": "promo", "purpose": "offers", "state": "sent",
                          "due_at": now, "expires_at": now, "text": "", "tries": 0, "doubts": 0, "planned_at": now,
                          "left_at": now - timedelta(hours=1)}  # fmt: skip
                session.execute(insert(deliveries).values(member_id=member_id, **before))

    def _start(self) -> None:
        worker = FORK.Process(target=work, args=(self.url, self._address, self.rate), daemon=True)
        worker.start()
        self._workers.append(worker)

    async def _rage(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + self.seconds
        deeds = [self._fault, self._kill, self._stall, self._pause, self._cut_off]
        await self._do(self._kill_one_that_sends)
        if self.restart is not None:
            await self._do(self._lose_the_database)
        while loop.time() < end and self._open():
            await asyncio.sleep(self._random.uniform(0.05, 0.3))
            await self._do(self._random.choices(deeds, [10, 4, 1, 1, 1])[0])

    async def _do(self, deed: Callable[[], Awaitable[None]]) -> None:
        self.happened[deed.__name__.strip("_")] += 1
        await deed()

    async def _kill_one_that_sends(self) -> None:

        async def begun() -> bool:
            return any(row.message_id for row in rows(self._shop))

        await until(begun, "the first message")
        for _ in range(2):  # one of the two it is
            await self._kill()

    async def _fault(self) -> None:
        kind = self._random.choice(["429", "403", "500", "lost_before", "lost_after"])
        fault = {"kind": kind, "method": "sendMessage", "times": self._random.randint(1, 4)}
        assert (await self._http.post("/sandbox/faults", json=fault)).status_code == 201

    async def _kill(self) -> None:
        """The older of the two; another one starts."""
        worker = self._workers.pop(0)
        worker.kill()
        worker.join()
        self._start()

    async def _stall(self) -> None:
        """One stands still for longer than it may, and then goes on as if nothing had been."""
        worker = self._random.choice(self._workers)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)
        await asyncio.sleep(1.5 * LEASE_S)
        os.kill(worker.pid, signal.SIGCONT)

    async def _pause(self) -> None:
        with suppress(DatabaseUnavailable):
            pause_source(self._shop, SOURCE)
            await asyncio.sleep(0.2)
        self._resume()

    def _resume(self) -> None:
        for _ in range(3):
            with suppress(DatabaseUnavailable):
                resume_source(self._shop, SOURCE)
                return

    async def _cut_off(self) -> None:
        """Every connection to the database breaks."""
        if not self._shop.database.is_sqlite:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            with suppress(DatabaseUnavailable), self._shop.write() as session:
                session.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))

    async def _lose_the_database(self) -> None:
        """Without a warning, while messages leave."""
        assert self.restart is not None
        await asyncio.to_thread(self.restart)

    def _open(self) -> list[Any]:
        """What is still owed; what waits for the end of quiet hours is not."""
        soon = self._shop.now() + timedelta(minutes=30)
        owed = ("planned", "paused", "sending")
        try:
            return [row for row in rows(self._shop) if row.state in owed and row.due_at < soon]
        except DatabaseUnavailable:
            return ["unknown"]

    async def _unsettled(self) -> bool:
        """Whether anything is owed, or comes to be: whoever was taken for dead tells late what did not leave."""
        if not self._open():
            await asyncio.sleep(LEASE_S)
        return bool(self._open())

    async def _calm(self) -> None:
        await self._http.delete("/sandbox/faults")
        self._resume()
        deadline = asyncio.get_running_loop().time() + 60
        while await self._unsettled():
            assert all(worker.is_alive() for worker in self._workers), "a worker ended by itself"
            assert asyncio.get_running_loop().time() < deadline, [tuple(row) for row in self._open()[:5]]
            await asyncio.sleep(0.1)

    def _checked(self, calls: list[dict[str, Any]]) -> Counter[str]:
        found = {row.member_id: row for row in rows(self._shop) if row.source == SOURCE}
        assert len(found) == self.count
        with self._shop.read() as session:
            members_of = dict(session.execute(chats.select().with_only_columns(chats.c.id, chats.c.member_id)).all())
        asked = Counter(each["chat_id"] for each in calls)
        arrived = Counter(each["chat_id"] for each in calls if each["outcome"] in ARRIVED)
        for chat_id, role in self._roles.items():
            row = found[members_of[chat_id]]
            got, told = arrived[chat_id], (chat_id, role, row.state, row.kind, row.doubts, row.error)
            if role in UNTOUCHED:
                assert asked[chat_id] == 0, told
            most = 1 + (row.kind == "transactional" and row.doubts > 0)
            assert got <= most, told
            assert row.state != "sent" or got >= 1, told
            assert row.state not in ("blocked", "failed", "suppressed", "planned") or not got, told
        last = {each["chat_id"]: each["message_id"] for each in calls if each["outcome"] == "ok"}
        for chat_id, member_id in members_of.items():
            row = found[member_id]
            assert row.state != "sent" or row.message_id == last.get(chat_id), (chat_id, row.message_id)
        return Counter(row.state for row in found.values())


@contextmanager
def sandbox() -> Iterator[str]:
    command = [sys.executable, "-m", "bot.sandbox", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[1].rstrip("/")
        finally:
            process.kill()
