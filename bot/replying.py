"""Answers leave here: a press edits its message in place, anything else gets a new one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic_core import to_json
from telegram import Bot, InputFile, InputMediaPhoto, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.delivery.governor import Governor
from bot.delivery.taps import carried
from bot.request import Lost, NotSent, seconds
from bot.screen import Answer, Button, Screen

log = structlog.get_logger("bot.replying")

PICTURE = "picture.png"
LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_WAIT_S = 60
REMEMBERED = 1000
FLOOD_TRIES = 5
CONNECTION_TRIES = 8
EDIT_REPEATS = 3  # an edit done twice is still one edit
SEND_REPEATS = 1  # a message that may have arrived is risked twice, never more often

SEND_TEXT, EDIT_TEXT = "send_Message", "edit_Message_Text"
"""sendMessage and editMessageText: spelt like this python-telegram-bot makes the same calls of them, and does not
advise the methods of its own that we leave out on purpose (see Replier._call)."""
HTML = {"parse_mode": ParseMode.HTML.value}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an update came from. pressed_id: the message whose button was pressed, if it can still be edited."""

    chat_id: int
    callback_id: str | None = None
    pressed_id: int | None = None
    pressed_photo: bool = False


def origin_of(update: Update) -> Origin | None:
    """None: not from a private chat, so nobody is answered."""
    chat = update.effective_chat
    if chat is None or chat.type != chat.PRIVATE:
        return None
    query = update.callback_query
    if query is None:
        return Origin(chat.id)
    message = query.message
    if not isinstance(message, Message) or carried(query.data or "")[0] is not None:
        return Origin(chat.id, query.id)  # what nobody asked for stays to be read
    return Origin(chat.id, query.id, message.message_id, bool(message.photo))


class Replier:
    """Raises Forbidden when the member has blocked the bot, NotSent when Telegram cannot be reached for long."""

    def __init__(
        self, bot: Bot, governor: Governor | None = None, *, sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep
    ) -> None:
        self._bot = bot
        self._governor = governor
        self._sleep = sleep
        self._replaced: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)
        """Messages a new one has taken the place of: a second tap on one of them is answered already."""

    async def reply(self, origin: Origin, answer: Answer) -> None:
        if origin.callback_id is not None:
            await self._answer_press(origin.callback_id, answer.toast)
        for place, screen in enumerate(answer.screens):
            try:
                if place == 0 and origin.pressed_id is not None and not answer.apart:
                    await self._replace(origin, origin.pressed_id, screen)
                else:
                    await self._send(origin.chat_id, screen)
            except BadRequest as error:
                log.error("Telegram refused an answer", chat=origin.chat_id, error=str(error), text=screen.text[:80])

    async def _answer_press(self, callback_id: str, toast: str) -> None:
        """Stops the button's waiting sign. Too late (150 s) or lost does no harm."""
        try:
            await self._patient(
                lambda: self._bot.answer_callback_query(
                    callback_id, text=toast[:200] or None, show_alert=len(toast) > 60
                ),
                repeats=EDIT_REPEATS,
            )
        except NotSent:
            raise
        except (NetworkError, RetryAfter) as error:
            log.info("a press was not answered", error=str(error))

    async def _replace(self, origin: Origin, message_id: int, screen: Screen) -> None:
        if screen.document or screen.contact_button or screen.closes_keyboard:
            await self._send(origin.chat_id, screen)
        elif origin.pressed_photo == (screen.photo is not None):
            await self._edit(origin.chat_id, message_id, screen)
        elif (origin.chat_id, message_id) not in self._replaced:
            self._replaced.append((origin.chat_id, message_id))
            await self._send(origin.chat_id, screen)
            await self._delete(origin.chat_id, message_id)

    async def _edit(self, chat_id: int, message_id: int, screen: Screen) -> None:
        try:
            await self._patient(lambda: self._edit_once(chat_id, message_id, screen), repeats=EDIT_REPEATS)
        except BadRequest as error:
            if "not modified" not in str(error).lower():
                await self._send(chat_id, screen)  # the message is gone or too old

    async def _edit_once(self, chat_id: int, message_id: int, screen: Screen) -> None:
        markup = markup_of(screen)
        if screen.photo is None:
            await self._call(
                EDIT_TEXT, {"chat_id": chat_id, "message_id": message_id, "text": _text(screen), **HTML, **markup}
            )
        else:
            attached = isinstance(screen.photo, bytes)
            picture = InputFile(screen.photo, PICTURE, attach=True) if attached else screen.photo
            media = InputMediaPhoto(picture, _text(screen), ParseMode.HTML)
            await self._bot.edit_message_media(media, chat_id, message_id, api_kwargs=markup)

    async def _delete(self, chat_id: int, message_id: int) -> None:
        try:
            await self._patient(lambda: self._bot.delete_message(chat_id, message_id), repeats=EDIT_REPEATS)
        except TelegramError as error:
            log.info("an old message stays", chat=chat_id, error=str(error))

    async def _send(self, chat_id: int, screen: Screen) -> None:
        await self._patient(lambda: self._send_governed(chat_id, screen), repeats=SEND_REPEATS)

    async def _send_governed(self, chat_id: int, screen: Screen) -> None:
        """At the pace that Telegram allows this bot in all, before whatever nobody asked for."""
        if self._governor is None:
            await self._send_once(chat_id, screen)
            return
        await self._governor.reply(chat_id)
        try:
            await self._send_once(chat_id, screen)
        except RetryAfter as error:
            self._governor.flooded(seconds(error), chat_id)
            raise

    async def _send_once(self, chat_id: int, screen: Screen) -> None:
        text, markup, mode = _text(screen), markup_of(screen), ParseMode.HTML
        if screen.document is not None:
            file = InputFile(screen.document.content, screen.document.name)
            await self._bot.send_document(chat_id, file, text, parse_mode=mode, api_kwargs=markup)
        elif screen.photo is not None:
            picture = screen.photo if isinstance(screen.photo, str) else InputFile(screen.photo, PICTURE)
            await self._bot.send_photo(chat_id, picture, text, parse_mode=mode, api_kwargs=markup)
        else:
            await self._call(SEND_TEXT, {"chat_id": chat_id, "text": text, **HTML, **markup})

    async def _call(self, method: str, parameters: dict[str, Any]) -> None:
        """A call whose result nobody needs: making a Message of it takes 100 µs, twice what all the rest does."""
        await self._bot.do_api_request(method, parameters)

    async def _patient(self, call: Callable[[], Awaitable[object]], *, repeats: int) -> None:
        """Makes a call until it is through. repeats: how often one is made again that may have arrived already.

        An answer of 500 to 599 says that Telegram failed, so that is waited out like a connection that cannot be had.
        """
        floods = refusals = doubts = 0
        while True:
            try:
                await call()
                return
            except RetryAfter as error:
                floods += 1
                wait = seconds(error)
                if floods > FLOOD_TRIES or wait > LONGEST_WAIT_S:
                    log.error("Telegram asks to wait for too long; the answer is dropped", wait_s=wait)
                    raise
            except BadRequest:
                raise
            except (TimedOut, Lost) as error:
                doubts += 1
                wait = 0.5 * doubts
                if doubts > repeats:
                    log.error("an answer may not have arrived", error=str(error))
                    raise
            except NetworkError as error:
                refusals += 1
                wait = min(0.5 * 2**refusals, 30)
                if refusals > CONNECTION_TRIES:
                    log.error("Telegram does not take an answer", error=str(error))
                    raise
            await self._sleep(wait)


def _text(screen: Screen) -> str:
    return fitting(screen.text, LONGEST_TEXT if screen.photo is None and screen.document is None else LONGEST_CAPTION)


def fitting(text: str, limit: int) -> str:
    """As many whole lines as there is room for: in our texts every tag closes on the line that it opens on."""
    if len(text) <= limit:
        return text
    lines = text.split("\n")
    while len("\n".join(lines)) > limit - 2:
        lines.pop()
    return "\n".join([*lines, "…"])


def markup_of(screen: Screen) -> dict[str, str]:
    """What a call says about buttons, as the JSON that is sent: python-telegram-bot's keyboards take 60 µs more."""
    if screen.contact_button:
        button = {"text": screen.contact_button, "request_contact": True}
        return _reply_markup({"keyboard": [[button]], "resize_keyboard": True, "one_time_keyboard": True})
    if screen.closes_keyboard:
        return _reply_markup({"remove_keyboard": True})
    if not screen.buttons:
        return {}
    return _reply_markup({"inline_keyboard": [[_button(each) for each in row] for row in screen.buttons]})


def _reply_markup(keyboard: dict[str, Any]) -> dict[str, str]:
    return {"reply_markup": to_json(keyboard).decode()}


def _button(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": button.data}
