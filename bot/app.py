"""Builds the bot: python-telegram-bot's Application, fed by our own poller or by what the webhook stores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog
from telegram import Bot, BotCommand, Update
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ContextTypes, TypeHandler
from telegram.request import BaseRequest

from bot.conversation import COMMANDS
from bot.delivery.governor import Governor
from bot.guest import Desk, StaffRules
from bot.host import Host
from bot.receiving.intake import LEASE_S, Intake
from bot.receiving.poller import ALLOWED, Poller
from bot.request import AiohttpRequest
from bot.staff.notices import Notices
from bot.texts import LANGUAGES, say
from core.shop import Shop

log = structlog.get_logger("bot.app")

App = Application[Any, Any, Any, Any, Any, Any]

POLLING_CONNECTIONS = 2


class WebhookRefused(Exception):
    """Telegram does not take the address of the webhook, with its words."""


@dataclass
class MemberBot:
    """The application, the intake that works off what polling or the webhook stored, and what carries the calls."""

    application: App
    host: Host
    intake: Intake
    notices: Notices
    requests: tuple[BaseRequest, ...]


def create_application(
    shop: Shop,
    token: str,
    api_url: str = "https://api.telegram.org",
    *,
    threads: int = 4,
    governor: Governor | None = None,
    request: BaseRequest | None = None,
    arrived: asyncio.Event | None = None,
    staff: StaffRules | None = None,
    carry_on: Callable[[int], object] = lambda _: None,
    lease_s: float = LEASE_S,
    sleep: Any = asyncio.sleep,
) -> MemberBot:
    """A bot that is not connected yet: see `running`.

    One handler serves every update, so `application.process_update` is all that a benchmark needs.
    governor: how fast answers leave, shared with whatever else is sent as this bot; without one, at once.
    request: what carries calls to Telegram; another one for tests and measurements.
    staff, carry_on: see Desk.
    arrived: set when somebody else in this process has stored an update. lease_s: how long chats wait for the dead.
    """
    builder = Application.builder().token(token).updater(None).base_url(f"{api_url.rstrip('/')}/bot")
    builder = builder.base_file_url(f"{api_url.rstrip('/')}/file/bot")
    calls = request or AiohttpRequest()
    polling = request or AiohttpRequest(connections=POLLING_CONNECTIONS)
    application: App = builder.request(calls).get_updates_request(polling).build()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="desk")
    desk = Desk(shop, staff=staff or StaffRules(), carry_on=carry_on)
    host = Host(desk, application.bot, pool, governor=governor, sleep=sleep)
    application.add_handler(TypeHandler(Update, _served_by(host)))
    application.add_error_handler(_log_error)
    intake = Intake(shop, application.bot, host, pool, lease_s=lease_s, arrived=arrived, sleep=sleep)
    notices = Notices(shop, application.bot, pool, governor=governor)
    return MemberBot(application, host, intake, notices, (calls, polling))


def _served_by(host: Host) -> Any:
    async def serve(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await host.serve(update)

    return serve


async def _log_error(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    log.error("an update failed", exc_info=context.error)


@asynccontextmanager
async def running(bot: MemberBot, *, sleep: Any = asyncio.sleep) -> AsyncIterator[MemberBot]:
    """Connected, with its commands set.

    InvalidToken when Telegram does not know the token.
    """
    try:
        await connect(bot.application, sleep)
        bot.host.desk = replace(bot.host.desk, username=bot.application.bot.username)
        await set_commands(bot.application)
        yield bot
    finally:
        await bot.intake.stop()
        await bot.application.shutdown()
        for request in bot.requests:  # an application that never got through leaves them open
            await request.shutdown()


async def connect(application: App | Bot, sleep: Any = asyncio.sleep) -> None:
    """Waits for Telegram as long as it takes. InvalidToken when it does not know the token."""
    try:
        await _insist(application.initialize, sleep)
    except InvalidToken:
        log.error("Telegram does not know this bot token: set REGULARS_BOT_TOKEN to the one from @BotFather")
        raise


async def _insist(call: Callable[[], Awaitable[object]], sleep: Any) -> None:
    """Makes a call until Telegram has answered it."""
    tries = 0
    while True:
        try:
            await call()
            return
        except BadRequest:
            raise
        except (NetworkError, RetryAfter) as error:
            tries += 1
            wait = min(2**tries, 60)
            log.warning("Telegram cannot be reached", error=str(error), retry_in_s=wait)
            await sleep(wait)


async def set_commands(application: App) -> None:
    """The menu beside the input field, per language; English for everybody else."""
    for language in LANGUAGES:
        words = say(language)
        commands = [BotCommand(name, words(f"commands.{name}")) for name in COMMANDS if words.has(f"commands.{name}")]
        try:
            await application.bot.set_my_commands(commands, language_code="" if language == "en" else "zh")
        except TelegramError as error:
            log.warning("the commands could not be set", language=language, error=str(error))


async def run_polling(
    bot: MemberBot, *, ready: asyncio.Event | None = None, timeout_s: int = 25, sleep: Any = asyncio.sleep
) -> None:
    """Polls until cancelled. A webhook that was set before is taken off first: Telegram allows only one of the two."""
    async with running(bot, sleep=sleep):
        await _insist(bot.application.bot.delete_webhook, sleep)
        if ready is not None:
            ready.set()
        poller = Poller(bot.application.bot, bot.intake.take_in, timeout_s=timeout_s, sleep=sleep)
        async with asyncio.TaskGroup() as together:
            together.create_task(poller.run())
            together.create_task(bot.intake.run())
            together.create_task(bot.notices.run())


async def run_behind_webhook(
    bot: MemberBot, url: str, secret: str, *, ready: asyncio.Event | None = None, sleep: Any = asyncio.sleep
) -> None:
    """Has Telegram call `url` with the secret, and works off what is stored there, until cancelled.

    Any number of processes may. Raises WebhookRefused.
    """
    register = partial(bot.application.bot.set_webhook, url, secret_token=secret, allowed_updates=ALLOWED)
    async with running(bot, sleep=sleep):
        try:
            await _insist(register, sleep)
        except BadRequest as error:
            raise WebhookRefused(f"{url}: {error}") from error
        if ready is not None:
            ready.set()
        async with asyncio.TaskGroup() as together:
            together.create_task(bot.intake.run())
            together.create_task(bot.notices.run())
