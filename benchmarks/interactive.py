"""What a member waits for /points, through the sandbox, while a broadcast leaves at 30 a second, over without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import cycle
from statistics import quantiles
from time import perf_counter
from typing import Any

import aiohttp

from benchmarks.crowd import fill
from benchmarks.rows import Row
from benchmarks.sending import POLICY, SLOW
from benchmarks.shops import sqlite_copies
from benchmarks.telegram import TOKEN, telegram
from bot.app import create_application, run_polling
from bot.delivery.governor import Governor
from bot.delivery.worker import run_worker
from core.db.database import Database
from core.services.deliveries.pause_source import cancel_source
from core.services.deliveries.plan_deliveries import Message, plan_deliveries
from core.shop import Shop
from serving import run

MOST_OVER_WITHOUT = 1.5
ROUNDS = 6
WARMING = 5
"""The first fifth of each turn is not counted: broadcasts have to make room for replies, and take it back."""
EVERY_S = 0.2
"""A member asks five times a second: a sixth of what may leave is replies."""
ASKING = 100
"""Members who ask, one after another, so that none does twice within a second; nothing is broadcast to them."""


def during_a_broadcast(quick: bool) -> list[Row]:
    """By turns without and with."""
    rounds, each = (1, 5) if quick else (ROUNDS, 60)
    with sqlite_copies(lambda shop: fill(shop, ASKING + _told(each)), 1) as (url,):
        without, during = run(_by_turns(url, rounds, each))
    return [
        Row("/points through the sandbox, 99th percentile", without * 1000, "ms"),
        Row(f"the same while {SLOW} messages a second leave", during * 1000, "ms"),
        Row("99th percentile during a broadcast over without", during / without, "ratio", MOST_OVER_WITHOUT, True),
    ]


def _told(each: int) -> int:
    """Members who get a message in one round: more than can be sent during it."""
    return int(2 * SLOW * EVERY_S * each) + SLOW


async def _by_turns(url: str, rounds: int, each: int) -> tuple[float, float]:
    without, during = list[float](), list[float]()
    asking = cycle(range(1, ASKING + 1))
    with telegram(ASKING + _told(each)) as address:
        async with _open(url, address) as (shop, http):
            for number in range(rounds):
                without += [await _asked(http, next(asking)) for _ in range(each)][each // WARMING :]
                source = f"bench:{number}"
                _plan(shop, source, range(ASKING + 1, ASKING + _told(each) + 1))
                during += [await _asked(http, next(asking)) for _ in range(each)][each // WARMING :]
                assert await asyncio.to_thread(cancel_source, shop, source), "the broadcast was over too soon"
    return quantiles(without, n=100)[98], quantiles(during, n=100)[98]


async def _asked(http: aiohttp.ClientSession, chat_id: int) -> float:
    """Seconds from a member's message to the bot's answer, as the member sees it; then a pause."""
    before = perf_counter()
    async with http.post(f"/sandbox/chats/{chat_id}/send", json={"text": "/points"}) as answer:
        mine = (await answer.json())["message_id"]
    async with http.get(f"/sandbox/chats/{chat_id}/messages", params={"after": mine, "wait_s": 10}) as answer:
        found: list[dict[str, Any]] = await answer.json()
    waited = perf_counter() - before
    assert found, "the bot has not answered"
    await asyncio.sleep(max(0.0, EVERY_S - waited))
    return waited


def _plan(shop: Shop, source: str, member_ids: range) -> None:
    now = shop.now()
    said = "Good day. Fruit and vegetables are 20 % off until Saturday."
    with shop.write() as session:
        until = now + timedelta(hours=1)
        plan_deliveries(
            session, (Message(each, source, "1", "care", now, until, text=said) for each in member_ids), now
        )


@asynccontextmanager
async def _open(url: str, address: str) -> AsyncIterator[tuple[Shop, aiohttp.ClientSession]]:
    """A shop in one process: the bot, which polls, and the worker, at one rate."""
    shop, governor = Shop(Database(url)), Governor(SLOW)
    polls, sends = asyncio.Event(), asyncio.Event()
    bot = create_application(shop, TOKEN, address, governor=governor)
    doors = [
        asyncio.create_task(run_polling(bot, ready=polls)),
        asyncio.create_task(run_worker(shop, TOKEN, address, governor=governor, policy=POLICY, ready=sends)),
    ]
    await asyncio.gather(polls.wait(), sends.wait())
    async with aiohttp.ClientSession(address) as http:
        limits = {"per_second": SLOW, "per_chat_per_second": 1}
        async with http.put("/sandbox/limits", json=limits) as answer:
            answer.raise_for_status()
        try:
            yield shop, http
        finally:
            for door in doors:
                door.cancel()
            await asyncio.gather(*doors, return_exceptions=True)
            shop.database.dispose()
