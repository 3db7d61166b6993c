"""Messages in staff's chats that follow a thing: sent once, edited as it changes, left alone when it is settled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

import structlog
from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.delivery.governor import Governor
from bot.replying import LONGEST_TEXT, fitting, markup_of
from bot.screen import Screen
from bot.staff import broadcast_screen, corrections, gifts
from bot.texts import say
from core.insight.amendments import amendment
from core.insight.campaigns import campaign
from core.insight.chats import chat_of
from core.insight.staff import gift, staff_in_chat
from core.services.staff.notices import OpenNotice, any_notice, hold_notices, not_told, told
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("bot.notices")

POLL_S = 1.0
AGAIN_S = 3.0
"""How often a message follows at most; Telegram lets a chat's messages be edited about that often."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shown:
    screen: Screen
    settled: bool


class Notices:
    """One of any number of processes tends a notice at a time."""

    def __init__(
        self,
        shop: Shop,
        bot: Bot,
        threads: Executor,
        *,
        governor: Governor | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._shop = shop
        self._bot = bot
        self._threads = threads
        self._governor = governor
        self._sleep = sleep

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.tend()
            except DatabaseUnavailable as error:
                log.warning("the database is not to be had", error=str(error))
            await self._sleep(POLL_S)

    async def tend(self) -> None:
        """Each that is open, once."""
        if not await self._in_thread(any_notice, self._shop):
            return
        for notice in await self._in_thread(hold_notices, self._shop):
            await self._tend(notice)

    async def _tend(self, notice: OpenNotice) -> None:
        shown = await self._in_thread(_rendered, self._shop, notice)
        text, markup = fitting(shown.screen.text, LONGEST_TEXT), markup_of(shown.screen)
        digest = sha256(f"{text} {markup}".encode()).hexdigest()
        message_id = notice.message_id
        try:
            if message_id is None or digest != notice.shown:
                message_id = await self._show(notice, text, markup)
        except (Forbidden, BadRequest) as error:
            log.warning("a notice is refused", chat=notice.chat_id, about=notice.about, error=str(error))
            await self._in_thread(not_told, self._shop, notice, refused=True)
        except TelegramError as error:
            log.warning("a notice waits", chat=notice.chat_id, about=notice.about, error=str(error))
            await self._in_thread(not_told, self._shop, notice, refused=False)
        else:
            await self._in_thread(told, self._shop, notice, message_id, digest, shown.settled, AGAIN_S)

    async def _show(self, notice: OpenNotice, text: str, markup: dict[str, str]) -> int:
        """The message's id: the one it has, or a new one where that is gone."""
        if notice.message_id is not None:
            try:
                await self._bot.edit_message_text(
                    text, notice.chat_id, notice.message_id, parse_mode=ParseMode.HTML, api_kwargs=markup
                )
                return notice.message_id
            except BadRequest as error:
                if "not modified" in str(error).lower():
                    return notice.message_id
        if self._governor is not None:
            await self._governor.reply(notice.chat_id)
        sent = await self._bot.send_message(notice.chat_id, text, parse_mode=ParseMode.HTML, api_kwargs=markup)
        return sent.message_id

    async def _in_thread(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *arguments, **named))


def _rendered(shop: Shop, notice: OpenNotice) -> Shown:
    """As this person sees it now, in the language of that chat."""
    kind, _, number = notice.about.partition(":")
    with shop.reading() as (session, program):
        chat, reader = chat_of(session, notice.chat_id), staff_in_chat(session, notice.chat_id)
        speak = say(chat.language if chat else "en")
        if reader is None:
            return Shown(Screen(speak("staff.over")), True)
        if kind == "gift":
            found = gift(session, int(number))
            assert found is not None
            now = shop.now()
            return Shown(gifts.screen(speak, program, found, reader, now), not gifts.waits(found, now))
        if kind == "correction":
            fix = amendment(session, int(number))
            return Shown(corrections.screen(speak, fix, reader), fix.status != "awaiting_approval")
        view = campaign(session, int(number))
        return Shown(broadcast_screen.campaign_screen(speak, session, view, reader), broadcast_screen.settled(view))
