"""What Telegram knows: users, bots, chats, messages, files. All of it in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox.updates import UpdateQueue
from bot.sandbox.wording import Json


@dataclass(slots=True)
class User:
    """A person. `profile` and `chat` are the Bot API's User and private Chat, shared by all their messages."""

    user_id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    phone: str | None = None
    profile: Json = field(init=False)
    chat: Json = field(init=False)

    def __post_init__(self) -> None:
        names = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        names = {key: value for key, value in names.items() if value}
        self.profile = {"id": self.user_id, "is_bot": False, **names}
        if self.language_code:
            self.profile["language_code"] = self.language_code
        self.chat = {"id": self.user_id, "type": "private", **names}


@dataclass(slots=True)
class StoredFile:
    """An uploaded file. `picture` is (width, height), or None for a document."""

    file_id: str
    file_unique_id: str
    path: str
    name: str
    mime: str
    data: bytes
    picture: tuple[int, int] | None

    def as_photo(self) -> Json:
        width, height = self.picture or (0, 0)
        sizes = {"width": width, "height": height, "file_size": len(self.data)}
        return {"file_id": self.file_id, "file_unique_id": self.file_unique_id, **sizes}

    def as_document(self) -> Json:
        return {
            "file_id": self.file_id,
            "file_unique_id": self.file_unique_id,
            "file_name": self.name,
            "mime_type": self.mime,
            "file_size": len(self.data),
        }

    def as_file(self) -> Json:
        return {
            "file_id": self.file_id,
            "file_unique_id": self.file_unique_id,
            "file_size": len(self.data),
            "file_path": self.path,
        }


@dataclass(slots=True)
class Message:
    """A message. `body` is the Bot API's Message; `markup` a reply keyboard, its removal or a forced reply.

    `version` grows with every change anywhere in the sandbox, so that a change can be waited for.
    """

    body: Json
    from_bot: bool
    version: int
    markup: Json | None = None
    deleted: bool = False

    @property
    def message_id(self) -> int:
        return int(self.body["message_id"])

    @property
    def edited(self) -> bool:
        return "edit_date" in self.body

    def shown(self) -> Json:
        """What an edit must change to be one."""
        keys = ("text", "entities", "caption", "caption_entities", "photo", "document", "reply_markup")
        return {key: self.body[key] for key in keys if key in self.body}


@dataclass(slots=True)
class CallbackQuery:
    """A pressed button that waits for its answer, 150 s at most."""

    query_id: str
    chat: Chat
    message_id: int
    at: datetime


@dataclass(slots=True)
class Answer:
    """What answerCallbackQuery showed to the user."""

    callback_query_id: str
    message_id: int
    text: str | None
    show_alert: bool
    url: str | None
    at: datetime
    version: int

    def view(self) -> Json:
        return {
            "callback_query_id": self.callback_query_id,
            "message_id": self.message_id,
            "text": self.text,
            "show_alert": self.show_alert,
            "url": self.url,
            "at": self.at.isoformat(),
            "version": self.version,
        }


@dataclass(eq=False, slots=True)
class Chat:
    """The private chat of one user with one bot.

    `started`: the user has written, so the bot may. `keyboard`: the reply keyboard (or forced reply) that is shown now.
    """

    user: User
    bot: Bot
    instance: str
    started: bool = False
    blocked: bool = False
    version: int = 0
    messages: dict[int, Message] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    pinned: list[int] = field(default_factory=list)
    menu_button: Json | None = None
    action: tuple[str, datetime] | None = None
    keyboard: Json | None = None

    def present(self, message_id: int | None) -> Message | None:
        """The message, unless there is none or it is deleted."""
        message = self.messages.get(message_id) if message_id is not None else None
        return None if message is None or message.deleted else message


CommandsKey = tuple[str, str]


@dataclass(eq=False, slots=True)
class Bot:
    """A bot. Until the first token is seen, the first bot of an open sandbox has none."""

    token: str | None
    bot_id: int
    name: str
    username: str
    queue: UpdateQueue
    next_message_id: int = 1
    chats: dict[int, Chat] = field(default_factory=dict)
    queries: dict[str, CallbackQuery] = field(default_factory=dict)
    commands: dict[CommandsKey, list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    menu_button: Json = field(default_factory=lambda: {"type": "default"})
    webhook: Webhook | None = None

    def profile(self) -> Json:
        return {"id": self.bot_id, "is_bot": True, "first_name": self.name, "username": self.username}


@dataclass(eq=False, slots=True)
class Webhook:
    """Where updates are posted to, and how the last failure read."""

    url: str
    secret_token: str | None
    max_connections: int
    last_error: tuple[datetime, str] | None = None
