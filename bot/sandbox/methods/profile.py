"""The bot as others see it: name, descriptions, commands, menu button."""

from __future__ import annotations

import re

from bot.sandbox.methods.request import Request, known_chat, method
from bot.sandbox.state import Bot, CommandsKey
from bot.sandbox.wording import Json, bad_request

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"(?:[a-z]{2})?")
SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})


@method("getMe")
def get_me(request: Request) -> Json:
    abilities = {
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return request.bot.profile() | abilities


@method("setMyCommands")
def set_my_commands(request: Request) -> bool:
    commands = request.params.items("commands")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    request.bot.commands[_key(request)] = [_command(command) for command in commands]
    request.sandbox.note()
    return True


@method("getMyCommands")
def get_my_commands(request: Request) -> list[Json]:
    return request.bot.commands.get(_key(request), [])


@method("deleteMyCommands")
def delete_my_commands(request: Request) -> bool:
    request.bot.commands.pop(_key(request), None)
    request.sandbox.note()
    return True


def commands_for(bot: Bot, user_id: int, language_code: str | None) -> list[Json]:
    """The commands that this user sees: the narrowest scope first, in the user's language before any other."""
    language = (language_code or "").partition("-")[0].lower()
    for scope in (f"chat:{user_id}", "all_private_chats", "default"):
        for key in ((scope, language), (scope, "")):
            if key in bot.commands:
                return bot.commands[key]
    return []


def _key(request: Request) -> CommandsKey:
    scope = request.params.json("scope") or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind in SCOPES:
        return str(kind), _language(request)
    if kind not in CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    scoped = Request(request.sandbox, request.bot, type(request.params)(scope))
    return f"{kind}:{known_chat(scoped).user.user_id}", _language(request)


def _language(request: Request) -> str:
    language = request.params.text("language_code")
    if not LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


def _command(command: object) -> Json:
    if not isinstance(command, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", "")).strip()
    if not COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


def _set_text(request: Request, name: str, limit: int) -> bool:
    text = request.params.text(name)
    if len(text) > limit:
        raise bad_request(f"{name} is too long")
    key = (name, _language(request))
    if text:
        request.bot.texts[key] = text
    else:
        request.bot.texts.pop(key, None)
    if name == "name" and not key[1]:
        request.bot.name = text or request.bot.name
    request.sandbox.note()
    return True


def _get_text(request: Request, name: str) -> Json:
    """In the language asked for, else in none, as users would see it."""
    texts, default = request.bot.texts, request.bot.name if name == "name" else ""
    return {name: texts.get((name, _language(request)), texts.get((name, ""), default))}


@method("setMyName")
def set_my_name(request: Request) -> bool:
    return _set_text(request, "name", 64)


@method("getMyName")
def get_my_name(request: Request) -> Json:
    return _get_text(request, "name")


@method("setMyDescription")
def set_my_description(request: Request) -> bool:
    return _set_text(request, "description", 512)


@method("getMyDescription")
def get_my_description(request: Request) -> Json:
    return _get_text(request, "description")


@method("setMyShortDescription")
def set_my_short_description(request: Request) -> bool:
    return _set_text(request, "short_description", 120)


@method("getMyShortDescription")
def get_my_short_description(request: Request) -> Json:
    return _get_text(request, "short_description")


@method("setChatMenuButton")
def set_chat_menu_button(request: Request) -> bool:
    button = request.params.json("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "web_app", "default"):
        raise bad_request("can't parse MenuButton: Unsupported type specified")
    if request.params.raw("chat_id") is None:
        request.bot.menu_button = button
    else:
        known_chat(request).menu_button = button
    return True


@method("getChatMenuButton")
def get_chat_menu_button(request: Request) -> Json:
    if request.params.raw("chat_id") is None:
        return request.bot.menu_button
    return known_chat(request).menu_button or request.bot.menu_button
