"""The doors, open: API, bot and scheduler on one event loop, until somebody says stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from secrets import token_hex
from typing import Any, TypeVar

import uvicorn

from api.app import create_app
from bot.app import create_application, run_behind_webhook, run_polling
from bot.delivery.governor import Governor
from bot.delivery.sharing import share_out
from bot.delivery.worker import bot_id_of, governor_of, run_worker
from bot.guest import StaffRules
from bot.scheduler import create_scheduler
from core.insight.forecasts import Pace
from core.rules.messaging import Caps
from core.rules.staff import GiftLimits
from core.services.campaigns.planner import Planner
from core.services.deliveries.deliver import Policy
from core.settings import Settings
from core.shop import Shop

GRACE_S = 2
KEEP_ALIVE_S = 75  # Longer than a proxy keeps one (nginx: 60): who closes first must not be who is asked.
T = TypeVar("T")


class Role(StrEnum):
    """What one process may do. They meet in the database; of several workers one sends and the others stand by."""

    BOT = "bot"
    API = "api"
    WORKER = "worker"
    SCHEDULER = "scheduler"


def run(everything: Coroutine[Any, Any, T]) -> T:
    """Run a program of ours to its end, on uvloop where there is one: waking up after a thread's work costs it half.

    What is loaded by now stays for good. Left to the garbage collector, it would be looked through again and again, and
    nothing else happens for a fifth of a second each time.
    """
    gc.collect()
    gc.freeze()
    try:
        with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
            return runner.run(everything)
    finally:
        gc.unfreeze()


class CannotListen(Exception):
    """A port or address that is not to be had, and the setting that chooses it."""


class _Server(uvicorn.Server):
    """Says when it serves, and leaves the signals to the program it runs in."""

    def __init__(self, config: uvicorn.Config, opened: asyncio.Event) -> None:
        super().__init__(config)
        self._opened = opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._opened.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Raises CannotListen."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise cannot_listen("API", host, port, error) from error


def address_of(listening: socket.socket) -> str:
    """http://127.0.0.1:8000"""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def cannot_listen(what: str, host: str, port: int, error: OSError) -> CannotListen:
    setting = f"REGULARS_{what.upper()}_PORT"
    mend = f"stop the program that listens there, or set {setting} to another port (0 takes a free one)"
    return CannotListen(f"the {what} cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}); {mend}")


@asynccontextmanager
async def stop_on_signals() -> AsyncIterator[asyncio.Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
            loop.add_signal_handler(number, asked, number)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)


async def open_doors(
    shop: Shop,
    settings: Settings,
    roles: Iterable[Role],
    stop: asyncio.Event,
    *,
    listening: socket.socket | None = None,
    ready: Callable[[], object] = lambda: None,
    due: asyncio.Event | None = None,
) -> None:
    """Serve until `stop`; whatever a door dies of is raised. ready: called once every door is open. due: set by whoever
    knows that a message has fallen due.

    Raises CannotListen, telegram.error.InvalidToken, bot.app.WebhookRefused.
    """
    opened = {role: asyncio.Event() for role in roles}
    if Role.API in opened and listening is None:
        listening = listen(settings.api_host, settings.api_port)  # before any other door opens
    with ThreadPoolExecutor(4, thread_name_prefix="due") as threads, Planner(shop) as planner:
        house = _House(shop, settings, threads, planner, await _governor(shop, settings, threads), listening, due)
        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(_open(role, house, event)) for role, event in opened.items()
        ]
        stopping = asyncio.create_task(stop.wait())
        announcing = asyncio.create_task(_all(list(opened.values()), ready))
        pending = {*tasks, stopping, announcing}
        try:
            while not stop.is_set():
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            await _end([*tasks, stopping, announcing])


async def _all(opened: list[asyncio.Event], ready: Callable[[], object]) -> None:
    for each in opened:
        await each.wait()
    ready()


async def _end(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True)
class _House:
    """What the doors of one process share. arrived: set when the API here has stored an update."""

    shop: Shop
    settings: Settings
    threads: ThreadPoolExecutor
    planner: Planner
    governor: Governor
    listening: socket.socket | None
    due: asyncio.Event | None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


async def _open(role: Role, house: _House, opened: asyncio.Event) -> None:
    match role:
        case Role.API:
            await _api(house, opened)
        case Role.BOT:
            await _bot(house, opened)
        case Role.WORKER:
            await _worker(house, opened)
        case Role.SCHEDULER:
            await _scheduler(house.shop, house.threads, opened)


async def _share(house: _House, threads: ThreadPoolExecutor, *, replying: bool) -> None:
    bot_id = bot_id_of(house.settings.bot_token.get_secret_value())
    await share_out(house.shop, bot_id, token_hex(8), house.governor, threads, replying=replying)


async def _bot(house: _House, opened: asyncio.Event) -> None:
    settings = house.settings
    token, url = settings.bot_token.get_secret_value(), settings.webhook_url
    bot = create_application(
        house.shop,
        token,
        settings.bot_api_url,
        threads=settings.threads,
        governor=house.governor,
        arrived=house.arrived,
        staff=StaffRules(GiftLimits(settings.staff_points_per_day, settings.staff_coupons_per_day), _pace(settings)),
        carry_on=house.planner.carry_on,
    )
    if url:
        await run_behind_webhook(bot, url, settings.webhook_secret.get_secret_value(), ready=opened)
    else:
        await run_polling(bot, ready=opened)


def _pace(settings: Settings) -> Pace:
    caps = Caps(settings.promo_per_day, settings.promo_per_week)
    return Pace(per_second=settings.send_rate, caps=caps, paid=settings.paid_broadcast)


async def _worker(house: _House, opened: asyncio.Event) -> None:
    settings = house.settings
    promo = Caps(settings.promo_per_day, settings.promo_per_week)
    care = Caps(settings.care_per_day, settings.care_per_week)
    policy = Policy(promo, settings.resend_doubtful, care)
    await run_worker(
        house.shop,
        settings.bot_token.get_secret_value(),
        settings.bot_api_url,
        governor=house.governor,
        policy=policy,
        paid=settings.paid_broadcast,
        ready=opened,
        news=house.due,
    )


async def _governor(shop: Shop, settings: Settings, threads: ThreadPoolExecutor) -> Governor:
    """One for everything that leaves here."""
    token = settings.bot_token.get_secret_value()
    if not token:
        return Governor(settings.send_rate)
    return await asyncio.get_running_loop().run_in_executor(
        threads, governor_of, shop, token, settings.send_rate, threads
    )


async def _api(house: _House, opened: asyncio.Event) -> None:
    assert house.listening is not None
    app = create_app(house.shop, house.settings, on_update=house.arrived.set, carry_on=house.planner.carry_on)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = _Server(config, opened)
    serving = asyncio.create_task(server.serve(sockets=[house.listening]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving


async def _scheduler(shop: Shop, threads: ThreadPoolExecutor, opened: asyncio.Event) -> None:
    scheduler, alarm = create_scheduler(shop, threads)
    scheduler.start()
    opened.set()
    try:
        await asyncio.Event().wait()
    finally:
        scheduler.shutdown(wait=False)
        threads.submit(alarm.end)
