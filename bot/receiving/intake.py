"""From Telegram to the host: store, acknowledge, then work off, one chat's updates one after another.

What is stored may have come by polling here or by a webhook elsewhere, and any number of processes work it off: each
takes chats that nobody else holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count
from secrets import token_hex
from typing import Any, Protocol, TypeVar

import structlog
from telegram import Bot, Update

from core.ports import Clock, SystemClock
from core.services.chats.inbox import (
    Incoming,
    Lease,
    OpenUpdate,
    finish_update,
    keep_lanes,
    leave_lanes,
    receive_updates,
    rest_lane,
    take_updates,
)
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("bot.intake")

T = TypeVar("T")

LEASE_S = 6.0
"""How long the chats of a process that died wait, at most."""
LOOK_S = 0.1
"""How often it is looked what another process has stored."""
REST_S = 20.0
"""How long a chat rests whose answer could not leave."""
LONGEST_WAIT_S = 30
TRIES = 5
"""An update that was begun so often and never finished is given up: it would hold up its chat for ever."""


class _TakenOver(Exception):
    """While the database was away, the lease ran out and somebody else took the chat."""


class Host(Protocol):
    async def serve(self, update: Update, *, again: bool = False, late: bool = False) -> bool:
        """False: no answer has left and the update stays open. again: served before, with the database away.

        late: a press that came too long ago to be acted on.
        """

    async def apologise(self, update: Update) -> None:
        """Tell the member that the shop cannot look anything up just now."""


class Intake:
    """width: how many chats are served at once. arrived: set by whoever else here has stored an update."""

    def __init__(
        self,
        shop: Shop,
        bot: Bot,
        host: Host,
        threads: Executor,
        *,
        width: int = 32,
        lease_s: float = LEASE_S,
        arrived: asyncio.Event | None = None,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._shop = shop
        self._bot = bot
        self._host = host
        self._threads = threads
        self._width = width
        self._lease_s = lease_s
        self._arrived = arrived or asyncio.Event()
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._holder = token_hex(8)
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._told: set[int] = set()
        self._taking = asyncio.Lock()  # who takes chats up counts the room that is left first

    async def take_in(self, updates: Sequence[Update]) -> None:
        """When this returns, Telegram may forget them.

        DatabaseUnavailable: not all are stored; let Telegram keep them. Whoever waits is told so, once.
        """
        incoming = [Incoming(update_id=each.update_id, chat_id=_chat(each), payload=each.to_dict()) for each in updates]
        try:
            async with self._taking:
                self._begin(await self._in_thread(receive_updates, self._shop, incoming, self._lease(), self._room()))
        except DatabaseUnavailable:
            for update in updates:
                if update.update_id not in self._told:
                    self._told.add(update.update_id)
                    await self._host.apologise(update)
            raise
        self._told.clear()

    async def run(self) -> None:
        """Works off what is stored, whoever stored it, until cancelled."""
        loop = asyncio.get_running_loop()
        renewed = loop.time()
        while True:
            self._arrived.clear()
            try:
                if self._lanes and loop.time() > renewed + self._lease_s / 3:
                    renewed = loop.time()
                    await self._in_thread(keep_lanes, self._shop, self._lease(), set(self._lanes))
                async with self._taking:
                    if self._room():
                        self._begin(await self._in_thread(take_updates, self._shop, self._lease(), self._room()))
            except DatabaseUnavailable as error:
                log.error("the database is not to be had; updates wait", error=str(error))
            except Exception:
                log.exception("no updates could be taken up")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._arrived.wait()

    async def stop(self) -> None:
        """Interrupts what runs; it is open still, and another process may take it up at once."""
        tasks = list(self._lanes.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(DatabaseUnavailable):
            await self._in_thread(leave_lanes, self._shop, self._holder)

    def _room(self) -> int:
        return max(0, self._width - len(self._lanes))

    def _begin(self, taken: list[OpenUpdate]) -> None:
        for update in taken:
            if update.chat_id not in self._lanes:  # it may have been lost, and taken again, while it was worked in
                self._lanes[update.chat_id] = asyncio.create_task(self._run(update))

    async def _run(self, first: OpenUpdate) -> None:
        try:
            update: OpenUpdate | None = first
            while update is not None and await self._done_with(update):
                update = await self._patiently(
                    partial(self._in_thread, finish_update, self._shop, update, self._lease())
                )
        except _TakenOver:
            log.warning("another process has taken a chat over", chat=first.chat_id)
        finally:
            del self._lanes[first.chat_id]
            self._arrived.set()

    async def _done_with(self, update: OpenUpdate) -> bool:
        """False: it stays open, and its chat rests."""
        if update.tries > TRIES:
            log.error("an update is given up: whoever began it came to no end", update=update.update_id)
            return True
        forgiven = False
        try:
            if await self._served(update):
                return True
            forgiven = True  # Telegram cannot be reached
        except _TakenOver:
            raise
        except Exception:
            log.exception("an update was left open", update=update.update_id, retry_in_s=REST_S)
        await self._patiently(partial(self._rest, update, forgiven))
        return False

    async def _finish(self, update: OpenUpdate) -> OpenUpdate | None:
        return await self._in_thread(finish_update, self._shop, update, self._lease())

    async def _rest(self, update: OpenUpdate, forgiven: bool) -> None:
        await self._in_thread(rest_lane, self._shop, update, self._lease(REST_S), forgiven)

    async def _served(self, stored: OpenUpdate) -> bool:
        """As the host says; again and again until the database is there."""
        update, tries = Update.de_json(stored.payload, self._bot), count()

        async def serve() -> bool:
            again = next(tries) > 0
            if again and not await self._in_thread(keep_lanes, self._shop, self._lease(), {stored.chat_id}):
                raise _TakenOver
            return await self._host.serve(update, again=again, late=stored.late)

        return await self._patiently(serve)

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Its result, however often the database is away before."""
        wait = 1
        while True:
            try:
                return await work()
            except DatabaseUnavailable as error:
                log.error("the database is not to be had", retry_in_s=wait, error=str(error))
                await self._sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT_S)

    def _lease(self, seconds: float | None = None) -> Lease:
        now = self._clock.now()
        return Lease(self._holder, now, now + timedelta(seconds=self._lease_s if seconds is None else seconds))

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


def _chat(update: Update) -> int | None:
    return update.effective_chat.id if update.effective_chat else None
