"""Photos that the shop uploaded: sent as bytes once, and by the file id that Telegram gave them from then on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

import structlog
from telegram import Bot

from bot.delivery.wire import post
from core.rules.photos import upload_of
from core.services.deliveries.leaving import Outcome, Outgoing
from core.services.deliveries.send_photo import note_file_id, photo_to_send
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("bot.uploads")

WAIT_S = 1.0
"""How long the messages with a photo wait that is just being uploaded with another one."""
UNKNOWN = ("wrong file", "wrong remote file")
"""How Telegram says that it has no such file."""

T = TypeVar("T")


class Uploads:
    """Of one bot: a file id is that bot's alone. threads: where the database is asked."""

    def __init__(self, shop: Shop, bot_id: int, bot: Bot, threads: Executor) -> None:
        self._shop = shop
        self._bot_id = bot_id
        self._bot = bot
        self._threads = threads
        self._file_ids: dict[int, str] = {}
        self._busy: set[int] = set()

    async def post(self, message: Outgoing, *, paid: bool = False) -> Outcome:
        """Any message, with whatever photo or none. Raises what `wire.post` does."""
        photo_id = None if message.photo is None else upload_of(message.photo)
        if photo_id is None:
            return await post(self._bot, message, message.photo, paid=paid)
        if photo_id in self._busy:
            return Outcome(message, "again", wait_s=WAIT_S)
        if photo_id in self._file_ids:
            return await self._by_file_id(message, photo_id, self._file_ids[photo_id], paid)
        self._busy.add(photo_id)
        try:
            return await self._first(message, photo_id, paid)
        except DatabaseUnavailable as error:
            log.error("the database is not to be had", error=str(error))
            return Outcome(message, "again", wait_s=WAIT_S)
        finally:
            self._busy.discard(photo_id)

    async def _first(self, message: Outgoing, photo_id: int, paid: bool) -> Outcome:
        """Of this process; another one may have uploaded it before."""
        photo = await self._ask(photo_to_send, self._shop, self._bot_id, photo_id)
        if isinstance(photo, str):
            self._file_ids[photo_id] = photo
            return await self._by_file_id(message, photo_id, photo, paid)
        if photo is None:
            return Outcome(message, "failed", error=f"there is no photo {message.photo}")
        outcome = await post(self._bot, message, photo, paid=paid)
        if outcome.file_id is not None:
            self._file_ids[photo_id] = outcome.file_id
            await self._note(photo_id, outcome.file_id)
        return outcome

    async def _by_file_id(self, message: Outgoing, photo_id: int, file_id: str, paid: bool) -> Outcome:
        """One that Telegram does not know any more is forgotten, and the photo uploaded anew."""
        outcome = await post(self._bot, message, file_id, paid=paid)
        if outcome.result != "failed" or not any(sign in (outcome.error or "").casefold() for sign in UNKNOWN):
            return outcome
        if self._file_ids.get(photo_id) == file_id:
            del self._file_ids[photo_id]
            await self._note(photo_id, None)
        return Outcome(message, "again", error=outcome.error, wait_s=WAIT_S, failure=True)

    async def _note(self, photo_id: int, file_id: str | None) -> None:
        """What came of the message counts, whether or not this can be kept."""
        try:
            await self._ask(note_file_id, self._shop, self._bot_id, photo_id, file_id)
        except DatabaseUnavailable as error:
            log.error("the file id of a photo is not on disk", photo=photo_id, error=str(error))

    async def _ask(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
