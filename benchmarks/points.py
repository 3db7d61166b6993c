"""A /points update through the bot: beside a bare echo on the same Application, and in a crowd beside among few."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from telegram import Bot, Update
from telegram.ext import Application, BaseHandler, ContextTypes, TypeHandler
from telegram.request import BaseRequest, RequestData

from benchmarks.crowd import fill
from benchmarks.rows import Row
from benchmarks.shops import NOW, open_shop, sqlite_copies
from bot.app import create_application
from serving import run

LEAST_OF_ECHO = 0.4
MOST_OF_FEW = 1.5
ROUNDS = 20
FEW, MANY = 1_000, 1_000_000
WARM_UP = 50

App = Application[Any, Any, Any, Any, Any, Any]
Handler = BaseHandler[Any, Any, Any]


def beside_echo(quick: bool) -> list[Row]:
    """Updates per second of the bot, of an echo, and the one over the other."""
    with sqlite_copies(lambda shop: fill(shop, FEW), 1) as (url,):
        return run(_beside_echo(url, 10 if quick else 100))


def in_a_crowd(quick: bool) -> list[Row]:
    """The slowest hundredth of updates with many members in the database, over that with few."""
    many, samples = (5 * FEW, 100) if quick else (MANY, 4_000)
    with (
        sqlite_copies(lambda shop: fill(shop, FEW), 1) as (few_url,),
        sqlite_copies(lambda shop: fill(shop, many), 1) as (many_url,),
    ):
        few, crowd = run(_by_turns({few_url: FEW, many_url: many}, samples))
    return [
        Row(f"/points, 99th percentile among {FEW:,} members", few * 1000, "ms"),
        Row(f"/points, 99th percentile among {many:,} members", crowd * 1000, "ms"),
        Row("99th percentile in the crowd over that among few", crowd / few, "ratio", MOST_OF_FEW, at_most=True),
    ]


class NullTransport(BaseRequest):
    """Takes every call to Telegram and answers it at once, from memory."""

    def __init__(self) -> None:
        self.calls = 0
        self._me = _ok({"id": 1, "is_bot": True, "first_name": "Regulars", "username": "regulars_bot"})
        self._message = _ok({"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}, "text": "…"})

    @property
    def read_timeout(self) -> float:
        return 1

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        if url.endswith("/getMe"):
            return 200, self._me
        assert url.endswith("/sendMessage"), url
        assert request_data is not None
        assert request_data.json_parameters["text"]
        self.calls += 1
        return 200, self._message


def _ok(result: dict[str, Any]) -> bytes:
    return json.dumps({"ok": True, "result": result}).encode()


async def _beside_echo(url: str, per_round: int) -> list[Row]:
    async with AsyncExitStack() as stack:
        application, transport = await _opened(url, stack)
        product, echo = application.handlers[0][0], TypeHandler(Update, _echo)
        application.remove_handler(product)
        ask = _Asking(application.bot, FEW)
        bot_rates, echo_rates = [], []
        for _ in range(ROUNDS + 1):
            bot_rates.append(await _rate(application, product, ask.some(per_round)))
            echo_rates.append(await _rate(application, echo, ask.some(per_round)))
        assert transport.calls == 2 * (ROUNDS + 1) * per_round, "an update was not answered with one message"
    ratios = [mine / peer for mine, peer in zip(bot_rates[1:], echo_rates[1:], strict=True)]
    return [
        Row("/points through the bot", median(bot_rates[1:]), "updates/s"),
        Row("a bare echo on the same Application", median(echo_rates[1:]), "updates/s"),
        Row("/points over a bare echo", median(ratios), "ratio", LEAST_OF_ECHO),
    ]


async def _echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await update.message.reply_text(update.message.text or "")


async def _rate(application: App, handler: Handler, updates: list[Update]) -> float:
    application.add_handler(handler)
    before = perf_counter()
    for update in updates:
        await application.process_update(update)
    after = perf_counter()
    application.remove_handler(handler)
    return len(updates) / (after - before)


async def _by_turns(databases: dict[str, int], samples: int) -> list[float]:
    """The 99th percentile of each, in seconds; an update here, an update there, so that both meet the same weather."""
    async with AsyncExitStack() as stack:
        turns: list[tuple[Callable[[], Awaitable[float]], list[float]]] = []
        for url, members in databases.items():
            application, _ = await _opened(url, stack)
            turns.append((partial(_timed, application, _Asking(application.bot, members)), []))
        for _ in range(samples + WARM_UP):
            for timed, times in turns:
                times.append(await timed())
    return [quantiles(times[WARM_UP:], n=100)[98] for _, times in turns]


async def _timed(application: App, ask: _Asking) -> float:
    (update,) = ask.some(1)
    before = perf_counter()
    await application.process_update(update)
    return perf_counter() - before


async def _opened(url: str, stack: AsyncExitStack) -> tuple[App, NullTransport]:
    shop, transport = open_shop(url), NullTransport()
    stack.callback(shop.database.dispose)
    application = create_application(shop, "1:benchmark", request=transport).application
    await application.initialize()
    stack.push_async_callback(application.shutdown)
    return application, transport


class _Asking:
    """Members, drawn evenly, who write /points."""

    def __init__(self, bot: Bot, members: int) -> None:
        self._bot, self._members = bot, members
        self._random = Random(3)
        self._number = 0

    def some(self, count: int) -> list[Update]:
        return [self._next() for _ in range(count)]

    def _next(self) -> Update:
        self._number += 1
        chat_id = self._random.randint(1, self._members)
        message = {
            "message_id": self._number,
            "date": int(NOW.timestamp()),
            "chat": {"id": chat_id, "type": "private"},
            "from": {"id": chat_id, "is_bot": False, "first_name": "Member", "language_code": "en"},
            "text": "/points",
            "entities": [{"type": "bot_command", "offset": 0, "length": 7}],
        }
        return Update.de_json({"update_id": self._number, "message": message}, self._bot)
