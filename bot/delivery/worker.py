"""The worker: a sender with a connection of its own to Telegram."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import structlog
from telegram import Bot
from telegram.error import InvalidToken

from bot.app import connect
from bot.delivery.governor import Governor
from bot.delivery.sender import LEASE_S, MOST_OUT, Sender
from bot.request import AiohttpRequest
from core.ports import Clock, SystemClock
from core.services.deliveries.deliver import Policy
from core.services.deliveries.senders import remember_wait, wait_of
from core.shop import Shop

log = structlog.get_logger("bot.worker")

IDLE_S = 4.0
"""Less than any server keeps a connection: a message sent into one that just closes would be in doubt."""


async def run_worker(
    shop: Shop,
    token: str,
    api_url: str,
    *,
    governor: Governor,
    policy: Policy,
    paid: bool = False,
    lease_s: float = LEASE_S,
    ready: asyncio.Event | None = None,
    news: asyncio.Event | None = None,
) -> None:
    """Sends what is due, or stands by, until cancelled. news: see Sender. InvalidToken when Telegram does not know the
    token."""
    calls = AiohttpRequest(connections=MOST_OUT, idle_s=IDLE_S)
    bot = Bot(token, base_url=f"{api_url.rstrip('/')}/bot", request=calls, get_updates_request=calls)
    with ThreadPoolExecutor(1, thread_name_prefix="sender") as threads:
        try:
            await connect(bot)
            if ready is not None:
                ready.set()
            await Sender(
                shop, bot_id_of(token), bot, governor, policy, threads, paid=paid, lease_s=lease_s, news=news
            ).run()
        finally:
            await bot.shutdown()
            await calls.shutdown()


def governor_of(shop: Shop, token: str, rate: int, threads: Executor, clock: Clock | None = None) -> Governor:
    """A governor that knows how long Telegram asked this bot to wait, also before this process began."""
    bot_id, real = bot_id_of(token), clock or SystemClock()

    def remember(wait_s: float) -> None:
        until = real.now() + timedelta(seconds=wait_s)
        threads.submit(remember_wait, shop, bot_id, until).add_done_callback(_tell)

    governor = Governor(rate, remember=remember)
    with shop.read() as session:
        until = wait_of(session, bot_id)
    governor.hold(_seconds_until(until, real))
    return governor


def bot_id_of(token: str) -> int:
    """The number that a token begins with. InvalidToken: it is none of Telegram's."""
    number = token.split(":", 1)[0]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise InvalidToken("a token begins with the bot's number and a colon")
    return int(number)


def _seconds_until(at: datetime | None, clock: Clock) -> float:
    return 0.0 if at is None else max(0.0, (at - clock.now()).total_seconds())


def _tell(done: Future[Any]) -> None:
    if error := done.exception():
        log.error("how long Telegram asked to wait is not on disk", error=str(error))
