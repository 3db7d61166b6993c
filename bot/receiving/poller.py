"""Long polling: an update is taken in before Telegram may forget it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.request import seconds
from core.shop import DatabaseUnavailable

log = structlog.get_logger("bot.poller")

ALLOWED = ("message", "callback_query", "my_chat_member")
LONGEST_WAIT_S = 60

TakeIn = Callable[[Sequence[Update]], Awaitable[None]]


class Poller:
    """Fetches updates until it is cancelled; no failure ends it."""

    def __init__(self, bot: Bot, take_in: TakeIn, *, timeout_s: int = 25, sleep: Any = asyncio.sleep) -> None:
        self._bot = bot
        self._take_in = take_in
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._offset: int | None = None
        self._failures = 0

    async def run(self) -> None:
        while True:
            try:
                await self._fetch()
                self._failures = 0
            except Exception as error:
                self._failures += 1
                wait = self._wait_after(error)
                _explain(error, wait)
                await self._sleep(wait)

    async def _fetch(self) -> None:
        """One long poll. Its offset acknowledges only what the last one has taken in.

        Once that is acknowledged the offset is dropped: after a week of silence Telegram's ids start anew,
        and a high offset would throw lower ones away. What was seen before is known by its id.
        """
        updates = await self._bot.get_updates(self._offset, timeout=self._timeout_s, allowed_updates=ALLOWED)
        if updates:
            await self._take_in(updates)
        self._offset = updates[-1].update_id + 1 if updates else None

    def _wait_after(self, error: Exception) -> float:
        if isinstance(error, RetryAfter):
            return min(seconds(error), LONGEST_WAIT_S)
        if isinstance(error, InvalidToken):
            return LONGEST_WAIT_S
        return float(min(2 ** min(self._failures - 1, 6), LONGEST_WAIT_S))


def _explain(error: Exception, wait: float) -> None:
    match error:
        case Conflict():
            log.error("another program polls with this bot token: stop it, or give this one a token of its own",
                      error=str(error), retry_in_s=wait)  # fmt: skip
        case InvalidToken():
            log.error("Telegram does not know this bot token: set REGULARS_BOT_TOKEN to the one from @BotFather",
                      error=str(error), retry_in_s=wait)  # fmt: skip
        case DatabaseUnavailable():
            log.error("the database is not to be had; updates stay with Telegram", error=str(error), retry_in_s=wait)
        case TelegramError():
            log.warning("polling failed", error=str(error), retry_in_s=wait)
        case _:
            log.exception("polling failed unexpectedly", retry_in_s=wait)
