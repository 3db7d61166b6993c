"""The sandbox: everything Telegram knows, and the few ways in which it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count
from mimetypes import guess_extension
from pathlib import PurePath
from random import Random

from bot.sandbox.bell import Bell
from bot.sandbox.calendar import Calendar
from bot.sandbox.calls import CallLog
from bot.sandbox.clock import Clock, MovableClock
from bot.sandbox.faults import Faults
from bot.sandbox.images import Picture
from bot.sandbox.limits import Limits
from bot.sandbox.state import Bot, Chat, Message, StoredFile, User
from bot.sandbox.updates import UpdateQueue
from bot.sandbox.webhooks import Webhooks
from bot.sandbox.wording import Json, unauthorized

TOKEN_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
CHANGED = "changed"


class Sandbox:
    """State of a Telegram of our own, used from one event loop.

    With `tokens` exactly these bots exist; without, every well-formed token is a bot, and the first one to call is the
    bot that people talk to. `seed` makes every id repeatable. `seconds` is a monotonic clock for floods.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        tokens: Iterable[str] = (),
        seed: int = 0,
        name: str = "Regulars",
        username: str = "regulars_sandbox_bot",
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock or MovableClock()
        self.random = Random(seed)
        self.bell = Bell()
        self.calls = CallLog()
        self.faults = Faults()
        self.limits = Limits(seconds)
        self.webhooks = Webhooks(self.clock)
        self.users: dict[int, User] = {}
        self.files: dict[str, StoredFile] = {}
        self.version = 0
        self.noted = 0
        self.calendar: Callable[[datetime], Calendar] = lambda _: Calendar()
        self.going: tuple[datetime, datetime] | None = None  # from when to when the clock is being moved
        self._names = (name, username)
        self._numbers = count(1)
        self._tokens = tuple(tokens)
        self._bots = [self._new_bot(token) for token in self._tokens or (None,)]
        self._by_token = {bot.token: bot for bot in self._bots if bot.token}

    @property
    def bots(self) -> list[Bot]:
        """The first is the one that people talk to unless they say otherwise."""
        return self._bots

    def bot_of(self, token: str) -> Bot:
        """The bot with this token; raises 401."""
        bot = self._by_token.get(token)
        return bot or self._admit(token)

    def _admit(self, token: str) -> Bot:
        number, colon, secret = token.partition(":")
        well_formed = colon and number.isdecimal() and number.isascii() and len(secret) >= 5
        if self._tokens or not well_formed or not set(secret) <= set(TOKEN_LETTERS):
            raise unauthorized()
        if self._bots[0].token is None:
            bot = self._bots[0]
            bot.token, bot.bot_id = token, int(number)
        else:
            bot = self._new_bot(token)
            self._bots.append(bot)
        self._by_token[token] = bot
        return bot

    def _new_bot(self, token: str | None) -> Bot:
        name, username = self._names
        n = next(self._numbers)
        if n > 1:
            name, username = f"{name} {n}", username.removesuffix("_bot") + f"_{n}_bot"
        bot_id = int(token.partition(":")[0]) if token else 0
        return Bot(token, bot_id, name, username, UpdateQueue(self.clock, self.random, self.bell))

    def add_user(self, user: User, started: bool = False) -> User:
        """Make a user known; `started`: as if they had written to every bot before."""
        self.users[user.user_id] = user
        for bot in self._bots if started else ():
            self.chat(bot, user.user_id).started = True
        self.note()
        return user

    def free_user_id(self) -> int:
        while (user_id := self.random.randint(100_000_000, 7_999_999_999)) in self.users:
            pass
        return user_id

    def chat(self, bot: Bot, user_id: int) -> Chat:
        """The chat of a known user with the bot."""
        chat = bot.chats.get(user_id)
        if chat is None:
            instance = str(self.random.getrandbits(62))
            chat = bot.chats[user_id] = Chat(self.users[user_id], bot, instance)
        return chat

    def keep_file(self, name: str, mime: str, data: bytes, picture: Picture | None) -> StoredFile:
        """Store an upload under a new file_id."""
        file_id, unique_id = self.letters(56), self.letters(16)
        folder = "photos" if picture else "documents"
        suffix = guess_extension(mime) or PurePath(name).suffix
        path = f"{folder}/file_{len(self.files)}{suffix}"
        stored = StoredFile(file_id, unique_id, path, name, mime, data, picture[1:] if picture else None)
        self.files[file_id] = stored
        return stored

    def file_at(self, path: str) -> StoredFile | None:
        return next((stored for stored in self.files.values() if stored.path == path), None)

    def letters(self, length: int) -> str:
        return "".join(self.random.choices(TOKEN_LETTERS, k=length))

    def timestamp(self) -> int:
        """Unix time in whole seconds."""
        return int(self.clock.now().timestamp())

    def append(self, chat: Chat, content: Json, from_bot: bool, markup: Json | None = None) -> Message:
        """Put a new message into the chat. `content` is all of the Bot API's Message but id, sender, chat and date."""
        bot = chat.bot
        message_id = bot.next_message_id
        bot.next_message_id += 1
        body: Json = {
            "message_id": message_id,
            "from": bot.profile() if from_bot else chat.user.profile,
            "chat": chat.user.chat,
            "date": self.timestamp(),
            **content,
        }
        message = Message(body, from_bot, self.touch(chat), markup)
        chat.messages[message_id] = message
        if markup is not None:
            chat.keyboard = None if markup.get("remove_keyboard") else markup
        self.announce(chat)
        return message

    def changed(self, chat: Chat, message: Message) -> None:
        """Count a change of this message and wake who waits for it."""
        message.version = self.touch(chat)
        self.announce(chat)

    def touch(self, chat: Chat) -> int:
        self.version += 1
        chat.version = self.version
        return self.version

    def announce(self, chat: Chat) -> None:
        self.bell.ring(chat)
        self.bell.ring(CHANGED)

    def note(self) -> None:
        """Count a change outside the chats: users, commands, the clock."""
        self.version += 1
        self.noted = self.version
        self.bell.ring(CHANGED)

    async def close(self) -> None:
        """Wake everyone who waits and stop the webhooks; the sandbox is going down."""
        self.bell.close()
        await self.webhooks.close()
