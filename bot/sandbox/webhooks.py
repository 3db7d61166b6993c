"""Posting updates to a bot's webhook, again and again until it takes them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable

import aiohttp

from bot.sandbox.clock import Clock
from bot.sandbox.state import Bot, Webhook
from bot.sandbox.updates import Update
from bot.sandbox.wording import Json

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
ANSWER_WITHIN_S = 60
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0

Reply = Callable[[Bot, Json], Awaitable[None]]


class Webhooks:
    """One task per bot with a webhook. `reply` runs a method call that came in a webhook's response."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: dict[Bot, asyncio.Task[None]] = {}
        self.first_pause_s = FIRST_PAUSE_S
        self.reply: Reply | None = None

    def start(self, bot: Bot) -> None:
        self.stop(bot)
        if bot.webhook is not None:
            self._tasks[bot] = asyncio.create_task(self._deliver(bot, bot.webhook))

    def stop(self, bot: Bot) -> None:
        if task := self._tasks.pop(bot, None):
            task.cancel()

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for bot in list(self._tasks):
            self.stop(bot)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, bot: Bot, webhook: Webhook) -> None:
        """Hand out updates, `max_connections` at a time: their order is not kept, as with Telegram."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        free = asyncio.Semaphore(webhook.max_connections)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            while True:
                await free.acquire()
                update = await bot.queue.take()
                posting = group.create_task(self._post_until_taken(session, bot, webhook, update))
                posting.add_done_callback(lambda _: free.release())

    async def _post_until_taken(
        self, session: aiohttp.ClientSession, bot: Bot, webhook: Webhook, update: Update
    ) -> None:
        pause_s = self.first_pause_s
        try:
            while bot.queue.holds(update):
                why = await self._post(session, bot, webhook, update)
                if why is None:
                    bot.queue.confirm(update)
                    return
                webhook.last_error = (self._clock.now(), why)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        finally:
            bot.queue.put_back(update)

    async def _post(self, session: aiohttp.ClientSession, bot: Bot, webhook: Webhook, update: Update) -> str | None:
        """Why the webhook did not take the update, or None when it did."""
        headers = {SECRET_HEADER: webhook.secret_token} if webhook.secret_token else {}
        posting = session.post(webhook.url, json=update.body, headers=headers, allow_redirects=False)
        try:
            async with posting as response:
                body = await response.read()
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientConnectorError:
            return "Connection refused"
        except aiohttp.ClientError as broken:
            return f"Connection failed: {broken}"
        if not 200 <= response.status < 300:
            return f"Wrong response from the webhook: {response.status} {response.reason}"
        await self._call_back(bot, body)
        return None

    async def _call_back(self, bot: Bot, body: bytes) -> None:
        """A response may carry one method call; whatever comes of it is not told to the bot."""
        with contextlib.suppress(ValueError):
            call = json.loads(body or b"null")
            if isinstance(call, dict) and "method" in call and self.reply is not None:
                await self.reply(bot, call)
