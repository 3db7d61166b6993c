"""The sandbox driven by clients that nobody here wrote: aiogram and python-telegram-bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import Update
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter
from telegram.ext import Application, ApplicationBuilder, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.sandbox import create_app, running
from tests.sandbox.support import TOKEN, Json, Peer, picture


@pytest.fixture
async def aiogram_bot(telegram: Peer) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.address), timeout=20)
    async with Bot(TOKEN, session=session) as bot:
        yield bot


def conversation() -> Dispatcher:
    """A bot that greets, edits on a press, and takes a contact."""
    dispatcher = Dispatcher()

    async def start(message: Message, command: CommandObject) -> None:
        buttons = [[InlineKeyboardButton(text="More", callback_data="more")]]
        markup = InlineKeyboardMarkup(inline_keyboard=buttons)
        await message.answer(f"Hello <b>{command.args}</b>", parse_mode="HTML", reply_markup=markup)

    async def more(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.message.edit_text("More it is")
        await query.answer("Here you are")
        ask = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="My number", request_contact=True)]])
        await query.message.answer("Your number?", reply_markup=ask)

    async def contact(message: Message) -> None:
        assert message.contact is not None
        await message.answer_photo(BufferedInputFile(picture(40, 30), "card.png"), caption=message.contact.phone_number)

    dispatcher.message.register(start, CommandStart())
    dispatcher.callback_query.register(more, F.data == "more")
    dispatcher.message.register(contact, F.contact)
    return dispatcher


async def talk(telegram: Peer) -> None:
    """The same talk, whichever client is at the other end."""
    chat = (await telegram.post("/users", first_name="Ann", phone="+4917012345"))["chat_id"]

    async def answer_to(sent: Json) -> Json:
        listed: list[Json] = await telegram.get(f"/chats/{chat}/messages", after=sent["message_id"], wait_s=20)
        return listed[0]

    hello = await answer_to(await telegram.post(f"/chats/{chat}/send", text="/start X7"))
    assert (hello["text"], hello["entities"][0]["type"]) == ("Hello X7", "bold")
    await telegram.post(f"/chats/{chat}/press", message_id=hello["message_id"], text="More")
    (answer,) = await telegram.get(f"/chats/{chat}/answers", wait_s=20)
    assert answer["text"] == "Here you are"
    assert (await telegram.message(chat, hello["message_id"]))["text"] == "More it is"
    ask = await answer_to(hello)
    photo = await answer_to(await telegram.post(f"/chats/{chat}/press", message_id=ask["message_id"], text="My number"))
    assert (photo["text"], photo["photo_size"]) == ("+4917012345", [40, 30])


async def test_aiogram_polls(telegram: Peer, aiogram_bot: Bot) -> None:
    dispatcher = conversation()
    polling = asyncio.create_task(dispatcher.start_polling(aiogram_bot, handle_signals=False, polling_timeout=5))
    await talk(telegram)
    await dispatcher.stop_polling()
    await polling


async def test_aiogram_takes_a_webhook(telegram: Peer, aiogram_bot: Bot) -> None:
    app = web.Application()
    SimpleRequestHandler(conversation(), aiogram_bot, secret_token="s3cret").register(app, "/hook")
    async with TestServer(app) as server:
        await aiogram_bot.set_webhook(str(server.make_url("/hook")), secret_token="s3cret")
        await talk(telegram)
        await aiogram_bot.delete_webhook()


async def test_aiogram_understands_every_refusal(telegram: Peer, aiogram_bot: Bot) -> None:
    chat = await telegram.user()
    sent = await aiogram_bot.send_message(chat, "x")
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await aiogram_bot.edit_message_text("x", chat_id=chat, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await aiogram_bot.send_message(1, "x")
    await aiogram_bot.set_webhook("http://127.0.0.1:9/")
    with pytest.raises(TelegramConflictError, match="can't use getUpdates method while webhook is active"):
        await aiogram_bot.get_updates()
    await telegram.post("/faults", kind="429", retry_after=9)
    with pytest.raises(TelegramRetryAfter) as flooded:
        await aiogram_bot.send_message(chat, "x")
    assert flooded.value.retry_after == 9
    await telegram.post("/faults", kind="lost_after")
    with pytest.raises(TelegramNetworkError):
        await aiogram_bot.send_message(chat, "lost, but there")
    await telegram.post(f"/chats/{chat}/block")
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await aiogram_bot.send_message(chat, "x")
    assert [each["text"] for each in await telegram.get(f"/chats/{chat}/messages")] == ["x", "lost, but there"]


async def test_aiogram_with_another_token() -> None:
    async with running(create_app(tokens=[TOKEN]), port=0) as address:
        session = AiohttpSession(api=TelegramAPIServer.from_base(address))
        async with Bot("99:unknown-token", session=session) as bot:
            with pytest.raises(TelegramUnauthorizedError):
                await bot.get_me()


async def test_aiogram_uses_the_rest(telegram: Peer, aiogram_bot: Bot) -> None:
    chat = await telegram.user()
    sent = await aiogram_bot.send_photo(chat, BufferedInputFile(picture(), "a.png"))
    media = InputMediaPhoto(media=BufferedInputFile(picture(64, 48), "b.png"), caption="new")
    edited = await aiogram_bot.edit_message_media(media, chat_id=chat, message_id=sent.message_id)
    assert isinstance(edited, Message)
    assert edited.photo is not None
    assert edited.photo[0].width == 64
    downloaded = await aiogram_bot.download(edited.photo[0])
    assert downloaded is not None
    assert downloaded.read() == picture(64, 48)
    assert await aiogram_bot.delete_messages(chat, [sent.message_id])
    assert (await aiogram_bot.get_chat(chat)).first_name == "Ann"
    with pytest.raises(TelegramNotFound):
        await aiogram_bot.send_dice(chat)


Context = ContextTypes.DEFAULT_TYPE


@asynccontextmanager
async def ptb(telegram: Peer) -> AsyncIterator[Application[Any, Any, Any, Any, Any, Any]]:
    base, files = f"{telegram.address}/bot", f"{telegram.address}/file/bot"
    app = ApplicationBuilder().token(TOKEN).base_url(base).base_file_url(files).build()
    async with app:
        yield app


async def test_python_telegram_bot_polls(telegram: Peer) -> None:
    async def start(update: Update, context: Context) -> None:
        assert update.effective_chat is not None
        await update.effective_chat.send_photo(picture(), caption=f"Hello {(context.args or [])[0]}")

    async def pressed(update: Update, _: Context) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer(update.callback_query.data)

    async with ptb(telegram) as app:
        app.add_handler(CommandHandler("start", start))
        app.add_handler(CallbackQueryHandler(pressed))
        assert app.updater is not None
        await app.start()
        await app.updater.start_polling(timeout=5)
        chat = await telegram.user(started=False)
        sent = await telegram.post(f"/chats/{chat}/send", text="/start X7")
        (photo,) = await telegram.get(f"/chats/{chat}/messages", after=sent["message_id"], wait_s=20)
        assert photo["text"] == "Hello X7"
        await telegram.post(f"/chats/{chat}/press", message_id=photo["message_id"], data="forged")
        (answer,) = await telegram.get(f"/chats/{chat}/answers", wait_s=20)
        assert answer["text"] == "forged"
        await app.updater.stop()
        await app.stop()


async def test_python_telegram_bot_understands_every_refusal(telegram: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    chat = await telegram.user()
    async with ptb(telegram) as app:
        bot = app.bot
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(1, "x")
        await telegram.http.put("/sandbox/limits", json={"per_second": 1})
        await bot.send_message(chat, "x")
        with pytest.raises(RetryAfter):
            await bot.send_message(chat, "x")
        await telegram.http.put("/sandbox/limits", json={})
        await telegram.post("/faults", kind="lost_before")
        with pytest.raises(NetworkError, match=r"RemoteProtocolError|ReadError"):
            await bot.send_message(chat, "lost")
        await bot.set_webhook("http://127.0.0.1:9/")
        with pytest.raises(Conflict):
            await bot.get_updates()
        await telegram.post(f"/chats/{chat}/block")
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(chat, "x")
    assert [each["text"] for each in await telegram.get(f"/chats/{chat}/messages")] == ["x"]
