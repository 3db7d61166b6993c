"""What every method gets: the sandbox, the bot that calls, and the parameters; and what most methods ask of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sandbox.parameters import Params
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Bot, Chat, Message
from bot.sandbox.wording import BLOCKED, NEVER_WROTE, bad_request, forbidden


@dataclass(frozen=True, slots=True)
class Request:
    sandbox: Sandbox
    bot: Bot
    params: Params


Method = Callable[[Request], Any | Awaitable[Any]]
Served = TypeVar("Served", bound=Method)
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Served], Served]:
    """Serve a function as the Bot API's method of this name (which ignores case)."""

    def register(function: Served) -> Served:
        METHODS[name.lower()] = function
        return function

    return register


def user_id(request: Request, name: str = "chat_id") -> int:
    """The known user that a parameter names. There are only private chats here, and their ids are the users'."""
    value = request.params.raw(name)
    if value is None or value == "":
        raise bad_request(f"{name} is empty")
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if number not in request.sandbox.users:
        raise bad_request("chat not found")
    return number


def known_chat(request: Request, name: str = "chat_id") -> Chat:
    return request.sandbox.chat(request.bot, user_id(request, name))


def open_chat(request: Request) -> Chat:
    """The chat the bot may write to: its user has written before, and has not blocked the bot."""
    number = user_id(request)
    chat = request.bot.chats.get(number)
    if chat is None or not chat.started:
        raise forbidden(NEVER_WROTE)
    if chat.blocked:
        raise forbidden(BLOCKED)
    return chat


def message_in(request: Request, chat: Chat, missing: str, name: str = "message_id") -> Message:
    """The message that a parameter names; raises Bad Request with the words in `missing`."""
    number = request.params.integer(name)
    if not number:
        raise bad_request("message identifier is not specified")
    message = chat.present(number)
    if message is None:
        raise bad_request(missing)
    return message
