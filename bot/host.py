"""Serves updates: decides in a thread, answers from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import structlog
from telegram import Bot, Update
from telegram.error import Forbidden, TelegramError

from bot.codes import MOST_BYTES, Scan, scan
from bot.conversation import apology, handle, unavailable
from bot.delivery.governor import Governor
from bot.delivery.wire import REVOKED
from bot.fetching import fetched
from bot.guest import Desk, ForAThread, WantsPicture
from bot.replying import Origin, Replier, origin_of
from bot.request import NotSent
from bot.screen import Answer, Keep
from core.services.chats.block_chat import block_chat
from core.services.chats.inbox import set_dialogue
from core.shop import DatabaseUnavailable

log = structlog.get_logger("bot.host")

T = TypeVar("T")


class Host:
    """threads: where everything happens that can wait for the database or takes long. Pictures are looked at
    in a thread of their own, one after the other: a slow one keeps nobody waiting but those who sent pictures.

    A quick look into SQLite, which never makes a reader wait, is taken at once: to wake a thread and be woken by it
    takes a quiet machine longer (up to 0.5 ms) than the look itself (0.2 ms): docs/decisions/0008.
    """

    def __init__(
        self,
        desk: Desk,
        bot: Bot,
        threads: Executor,
        *,
        governor: Governor | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self.desk = desk
        self._bot = bot
        self._replier = Replier(bot, governor, sleep=sleep)
        self._threads = threads
        self._for_pictures = ThreadPoolExecutor(1, thread_name_prefix="pictures")

    async def serve(self, update: Update, *, again: bool = False, late: bool = False) -> bool:
        """Handle one update and send its answer. False: Telegram could not be reached; serve it again later.

        late: a press from too long ago is not acted on, and answered with a message, since Telegram takes no other.

        DatabaseUnavailable: the member has been told to wait (unless `again`); serve it again later.
        """
        origin = origin_of(update)
        if origin is None:
            return True
        if late:
            origin = Origin(origin.chat_id)
        try:
            answer = await self._decide(update, late)
        except DatabaseUnavailable:
            if not again:
                await self.apologise(update)
            raise
        except Exception:
            log.exception("an update could not be handled", update=update.update_id, chat=origin.chat_id)
            answer = apology(update)
        return answer is None or await self._answer(origin, answer)

    async def _decide(self, update: Update, late: bool) -> Answer | None:
        if self.desk.shop.reads_at_once:
            with suppress(ForAThread):
                return handle(replace(self.desk, quick=True), update, late)
        try:
            return await self._in_thread(handle, self.desk, update, late)
        except WantsPicture as wanted:
            found = await self._scanned(wanted.file_id)
            return await self._in_thread(handle, self.desk, update, late, found)

    async def _scanned(self, file_id: str) -> Scan:
        content = await fetched(self._bot, file_id, MOST_BYTES)
        if content is None:
            return Scan(fault="not_fetched")
        return await asyncio.get_running_loop().run_in_executor(self._for_pictures, scan, content)

    async def apologise(self, update: Update) -> None:
        """Tell whoever waits that nothing can be looked up just now, as far as Telegram lets us."""
        origin = origin_of(update)
        if origin is not None:
            try:
                await self._replier.reply(origin, unavailable(update))
            except TelegramError as error:
                log.warning("nobody could be told that the database is away", error=str(error))

    async def _answer(self, origin: Origin, answer: Answer) -> bool:
        try:
            await self._replier.reply(origin, answer)
        except Forbidden:
            log.info("the member has blocked the bot", chat=origin.chat_id)
            await self._in_thread(block_chat, self.desk.shop, origin.chat_id)
        except (NotSent, *REVOKED) as error:
            log.error(
                "the update stays open: Telegram is away, or refuses the token", chat=origin.chat_id, error=str(error)
            )
            return False
        except TelegramError as error:
            log.error("an answer may not have arrived", chat=origin.chat_id, error=str(error))
        if not isinstance(answer.dialogue, Keep):
            await self._in_thread(set_dialogue, self.desk.shop, origin.chat_id, answer.dialogue)
        return True

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
