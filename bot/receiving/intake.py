"""From Telegram to the host: store, acknowledge, then one after another per chat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Protocol

import structlog
from telegram import Bot, Update

from bot.receiving.lanes import Lanes
from core.services.inbox import finish_update, open_updates, store_update
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("bot.intake")

LONGEST_WAIT_S = 30


class Host(Protocol):
    async def serve(self, update: Update, *, again: bool = False) -> bool:
        """False: no answer has left and the update stays open. again: served before, with the database away."""

    async def apologise(self, update: Update) -> None:
        """Tell the member that the shop cannot look anything up just now."""


class Intake:
    """What polling and the webhook feed."""

    def __init__(
        self,
        shop: Shop,
        bot: Bot,
        host: Host,
        threads: Executor,
        *,
        width: int = 32,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._shop = shop
        self._bot = bot
        self._host = host
        self._threads = threads
        self._sleep = sleep
        self._lanes: Lanes[Update] = Lanes(self._work, width=width)
        self._told: set[int] = set()

    async def resume(self) -> None:
        """Queue what a former run took in and did not answer."""
        for still in await self._in_thread(open_updates, self._shop):
            self._queue(Update.de_json(still.payload, self._bot))

    async def take_in(self, updates: Sequence[Update]) -> None:
        """When this returns, Telegram may forget them.

        DatabaseUnavailable: not all are stored; let Telegram keep them. Whoever waits is told so, once.
        """
        try:
            fresh = await self._in_thread(self._store, updates)
        except DatabaseUnavailable:
            for update in updates:
                if update.update_id not in self._told:
                    self._told.add(update.update_id)
                    await self._host.apologise(update)
            raise
        self._told.clear()
        for update in fresh:
            self._queue(update)

    def _store(self, updates: Sequence[Update]) -> list[Update]:
        return [each for each in updates if store_update(self._shop, each.update_id, _chat(each), each.to_dict())]

    def _queue(self, update: Update) -> None:
        self._lanes.put(_chat(update) or 0, update)

    async def _work(self, update: Update) -> None:
        tries = 0
        while True:
            try:
                if await self._host.serve(update, again=tries > 0):
                    await self._in_thread(finish_update, self._shop, update.update_id)
                return
            except DatabaseUnavailable as error:
                tries += 1
                wait = min(2 ** (tries - 1), LONGEST_WAIT_S)
                log.error("the database is not to be had", update=update.update_id, retry_in_s=wait, error=str(error))
                await self._sleep(wait)
            except Exception:
                log.exception("an update was left open", update=update.update_id)
                return

    async def drained(self) -> None:
        await self._lanes.drained()

    async def stop(self) -> None:
        await self._lanes.stop()

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


def _chat(update: Update) -> int | None:
    return update.effective_chat.id if update.effective_chat else None
