"""Sending what nobody asked for, to a sandbox in a process of its own: how near to the allowed rate, at what cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import aiohttp
from sqlalchemy import insert, select

from benchmarks.rows import Row
from benchmarks.shops import Fill, postgresql_copies, sqlite_copies
from benchmarks.telegram import TOKEN, telegram
from bot.delivery.governor import Governor
from bot.delivery.worker import run_worker
from core.db.chats import chats
from core.db.database import Database
from core.db.deliveries import deliveries
from core.db.members import members
from core.rules.messaging import Caps
from core.services.deliveries.deliver import Policy
from core.services.deliveries.plan_deliveries import Message, plan_deliveries
from core.shop import Shop
from serving import run

LEAST_OF_ALLOWED = 0.97
LEAST_OF_BARE = 0.35
SLOW, FAST, BOUNDLESS = 30, 1_000, 100_000
LATENCY_MS = 60
ROUNDS = 5
AT_ONCE = 100
POLICY = Policy(Caps(per_day=100, per_week=100), care=Caps(per_day=100, per_week=100))


def at_thirty(quick: bool) -> list[Row]:
    """Telegram's limit for everybody, which the sandbox holds us to."""
    count = 30 if quick else 900
    with sqlite_copies(_people(count), 1) as (url,):
        rate, floods = run(_paced(url, count, SLOW, {"per_second": SLOW, "per_chat_per_second": 1}))
    return [
        Row(f"messages a second, {SLOW} allowed", rate, "messages/s"),
        Row("sent over allowed, at 30 a second", rate / SLOW, "ratio", LEAST_OF_ALLOWED),
        Row("taken at once, not refused with 429", count / (count + floods), "ratio", 1),
    ]


def at_a_thousand(quick: bool) -> list[Row]:
    """Quickly on SQLite alone."""
    count = 100 if quick else 20_000
    with sqlite_copies(_people(count), 1) as (url,):
        rows = _at_a_thousand(url, count, "SQLite")
    if not quick:
        with postgresql_copies(_people(count), 1) as (url,):
            rows += _at_a_thousand(url, count, "PostgreSQL")
    return rows


def _at_a_thousand(url: str, count: int, database: str) -> list[Row]:
    rate, _ = run(_paced(url, count, FAST, {"latency_ms": LATENCY_MS}))
    return [
        Row(f"messages a second, {FAST:,} allowed, {database}", rate, "messages/s"),
        Row(f"sent over allowed, at 1,000 a second, {database}", rate / FAST, "ratio", LEAST_OF_ALLOWED),
    ]


def beside_bare(quick: bool) -> list[Row]:
    """As fast as it goes, by turns with a loop that only posts."""
    rounds, each = (1, 50) if quick else (ROUNDS, 3_000)
    with sqlite_copies(_people(each), 1) as (url,):
        ours, bare = run(_by_turns(url, rounds, each))
    return [
        Row("messages a second, unthrottled", median(ours), "messages/s"),
        Row("a bare aiohttp loop", median(bare), "messages/s"),
        Row(
            "unthrottled over a bare loop",
            median(mine / peer for mine, peer in zip(ours, bare, strict=True)),
            "ratio",
            LEAST_OF_BARE,
        ),
    ]


def _people(count: int) -> Fill:
    def fill(shop: Shop) -> None:
        with shop.write() as session:
            session.execute(insert(members), [_member(shop, number) for number in range(1, count + 1)])
            session.execute(insert(chats), [_chat(shop, number) for number in range(1, count + 1)])

    return fill


def _member(shop: Shop, number: int) -> dict[str, Any]:
    codes = {"card_number": f"C{number}", "join_code": f"join-{number}", "invite_code": f"i{number}"}
    allowed = {"allow_offers": True, "allow_care": True, "allow_statement": True, "never_quiet": True}
    return {"id": number, "name": "Member", "language": "en", "joined_at": shop.now(), **codes, **allowed}


def _chat(shop: Shop, number: int) -> dict[str, Any]:
    return {"id": number, "member_id": number, "language": "en", "blocked": False, "seen_at": shop.now()}


async def _paced(url: str, count: int, rate: int, limits: dict[str, Any]) -> tuple[float, int]:
    """Messages a second from the first to the last, as Telegram saw them, and how many it refused with 429."""
    with telegram(count) as address:
        async with _sending(url, address, rate, limits) as (shop, http):
            _plan(shop, count, "1")
            await _all_ended(shop)
            async with http.get(f"{address}/sandbox/calls") as answer:
                calls = [each for each in await answer.json() if each["method"] == "sendMessage"]
    sent = sorted(datetime.fromisoformat(each["at"]) for each in calls if each["outcome"] == "ok")
    assert len(sent) == count, "a message was lost or came twice"
    return (count - 1) / (sent[-1] - sent[0]).total_seconds(), sum(each["outcome"] == "429" for each in calls)


async def _by_turns(url: str, rounds: int, each: int) -> tuple[list[float], list[float]]:
    ours, bare = [], []
    with telegram(each) as address:
        async with _sending(url, address, BOUNDLESS, {}) as (shop, _):
            for number in range(rounds + 1):  # the first to warm up
                bare.append(await _bare(address, each))
                _plan(shop, each, str(number))
                before = perf_counter()
                await _all_ended(shop)
                ours.append(each / (perf_counter() - before))
    return ours[1:], bare[1:]


@asynccontextmanager
async def _sending(
    url: str, address: str, rate: int, limits: dict[str, Any]
) -> AsyncIterator[tuple[Shop, aiohttp.ClientSession]]:
    shop = Shop(Database(url))
    async with aiohttp.ClientSession() as http:
        async with http.put(f"{address}/sandbox/limits", json=limits) as answer:
            answer.raise_for_status()
        worker = asyncio.create_task(run_worker(shop, TOKEN, address, governor=Governor(rate), policy=POLICY))
        try:
            yield shop, http
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            shop.database.dispose()


def _plan(shop: Shop, count: int, occasion: str) -> None:
    now = shop.now()
    until = now + timedelta(hours=1)
    said = "Good day. Fruit and vegetables are 20 % off until Saturday."
    with shop.write() as session:
        planned = (Message(number, "bench", occasion, "care", now, until, text=said) for number in range(1, count + 1))
        assert plan_deliveries(session, planned, now) == count


async def _all_ended(shop: Shop) -> None:
    one = select(deliveries.c.id).where(deliveries.c.source == "bench", deliveries.c.state.in_(("planned", "sending")))

    def ended() -> bool:
        with shop.read() as session:
            return session.execute(one.limit(1)).first() is None

    while not await asyncio.to_thread(ended):  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def _bare(address: str, count: int) -> float:
    """Messages a second of a loop that posts and reads the answer, as many at once as the product has."""
    numbers = iter(range(1, count + 1))

    async def post() -> None:
        for number in numbers:
            body = {"chat_id": number, "text": "Good day. Fruit and vegetables are 20 % off until Saturday."}
            async with http.post(f"{address}/bot{TOKEN}/sendMessage", json=body) as answer:
                assert (await answer.json())["ok"]

    async with aiohttp.ClientSession() as http:
        before = perf_counter()
        await asyncio.gather(*(post() for _ in range(AT_ONCE)))
        return count / (perf_counter() - before)
