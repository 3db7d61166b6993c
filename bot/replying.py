"""Answers leave here: a press edits its message in place, anything else gets a new one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.request import NotSent
from bot.screen import Answer, Rows, Screen

log = structlog.get_logger("bot.replying")

LONGEST_WAIT_S = 60
FLOOD_TRIES = 5
CONNECTION_TRIES = 8
EDIT_REPEATS = 3  # an edit done twice is still one edit
SEND_REPEATS = 1  # a message that may have arrived is risked twice, never more often


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
    if not isinstance(message, Message):
        return Origin(chat.id, query.id)
    return Origin(chat.id, query.id, message.message_id, bool(message.photo))


class Replier:
    """Raises Forbidden when the member has blocked the bot, NotSent when Telegram cannot be reached for long."""

    def __init__(self, bot: Bot, *, sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep) -> None:
        self._bot = bot
        self._sleep = sleep

    async def reply(self, origin: Origin, answer: Answer) -> None:
        if origin.callback_id is not None:
            await self._answer_press(origin.callback_id, answer.toast)
        for place, screen in enumerate(answer.screens):
            try:
                if place == 0 and origin.pressed_id is not None:
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
        else:
            await self._send(origin.chat_id, screen)
            await self._delete(origin.chat_id, message_id)

    async def _edit(self, chat_id: int, message_id: int, screen: Screen) -> None:
        try:
            await self._patient(lambda: self._edit_once(chat_id, message_id, screen), repeats=EDIT_REPEATS)
        except BadRequest as error:
            if "not modified" not in str(error).lower():
                await self._send(chat_id, screen)  # the message is gone or too old

    async def _edit_once(self, chat_id: int, message_id: int, screen: Screen) -> None:
        keyboard = inline(screen.buttons)
        if screen.photo is None:
            await self._bot.edit_message_text(
                screen.text, chat_id, message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
            )
        else:
            media = InputMediaPhoto(InputFile(screen.photo, "picture.png", attach=True), screen.text, ParseMode.HTML)
            await self._bot.edit_message_media(media, chat_id, message_id, reply_markup=keyboard)

    async def _delete(self, chat_id: int, message_id: int) -> None:
        try:
            await self._patient(lambda: self._bot.delete_message(chat_id, message_id), repeats=EDIT_REPEATS)
        except TelegramError as error:
            log.info("an old message stays", chat=chat_id, error=str(error))

    async def _send(self, chat_id: int, screen: Screen) -> None:
        await self._patient(lambda: self._send_once(chat_id, screen), repeats=SEND_REPEATS)

    async def _send_once(self, chat_id: int, screen: Screen) -> None:
        keyboard = _keyboard(screen)
        if screen.document is not None:
            file = InputFile(screen.document.content, screen.document.name)
            await self._bot.send_document(chat_id, file, screen.text, parse_mode=ParseMode.HTML, reply_markup=keyboard)
        elif screen.photo is not None:
            photo = InputFile(screen.photo, "picture.png")
            await self._bot.send_photo(chat_id, photo, screen.text, parse_mode=ParseMode.HTML, reply_markup=keyboard)
        else:
            await self._bot.send_message(chat_id, screen.text, parse_mode=ParseMode.HTML, reply_markup=keyboard)

    async def _patient(self, call: Callable[[], Awaitable[object]], *, repeats: int) -> None:
        """Makes a call until it is through. repeats: how often one is made again that may have arrived already."""
        floods = refusals = doubts = 0
        while True:
            try:
                await call()
                return
            except RetryAfter as error:
                floods += 1
                wait = _seconds(error)
                if floods > FLOOD_TRIES or wait > LONGEST_WAIT_S:
                    log.error("Telegram asks to wait for too long; the answer is dropped", wait_s=wait)
                    raise
            except NotSent:
                refusals += 1
                wait = min(0.5 * 2**refusals, 30)
                if refusals > CONNECTION_TRIES:
                    raise
            except BadRequest:
                raise
            except NetworkError as error:
                doubts += 1
                wait = 0.5 * doubts
                if doubts > repeats:
                    log.error("an answer may not have arrived", error=str(error))
                    raise
            await self._sleep(wait)


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


def inline(rows: Rows) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup([
        [
            InlineKeyboardButton(button.text, url=button.url)
            if button.url
            else InlineKeyboardButton(button.text, callback_data=button.data)
            for button in row
        ]
        for row in rows
    ])  # fmt: skip


def _keyboard(screen: Screen) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    if screen.contact_button:
        button = KeyboardButton(screen.contact_button, request_contact=True)
        return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
    if screen.closes_keyboard:
        return ReplyKeyboardRemove()
    return inline(screen.buttons)
