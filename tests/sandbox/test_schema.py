"""Every answer and every parameter, held against two descriptions of the Bot API that nobody here wrote.

One is the machine-readable schema in aiogram's source distribution (generated from Telegram's own pages), the other are
aiogram's types.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiogram.types
import pytest
from pydantic import BaseModel

from bot.sandbox.methods import METHODS
from bot.sandbox.parameters import Params
from tests.sandbox.support import TOKEN, Json, Peer, keyboard, picture

PLAIN: dict[str, type] = {"Integer": int, "String": str, "Boolean": bool, "Float": float}
Schema = dict[str, Json]


@pytest.fixture(scope="session")
def schema(pytestconfig: pytest.Config) -> Schema:
    """Types and methods by name. Fetched once by pip; without it the test fails in CI and is skipped elsewhere."""
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("aiogram")
    sdist = folder / f"aiogram-{version('aiogram')}.tar.gz"
    if not sdist.exists() and (complaint := _download(folder)):
        if os.environ.get("CI"):
            pytest.fail(f"aiogram's source distribution can't be had: {complaint}")
        pytest.skip(f"aiogram's source distribution can't be had: {complaint}")
    with tarfile.open(sdist) as archive:
        member = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/.butcher/schema/schema.json")
        assert member is not None
        items = json.load(member)["items"]
    return {child["name"]: child for item in items for child in item["children"]}


def _download(folder: Path) -> str:
    """Why pip could not download it; empty when it could."""
    wanted = f"aiogram=={version('aiogram')}"
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-binary", "aiogram", "--no-deps", "-d", str(folder)]
    try:
        done = subprocess.run([*command, wanted], capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as broken:
        return str(broken)
    return "" if done.returncode == 0 else done.stderr.strip()[-500:]


def misfits(schema: Schema, kind: str, value: Any, where: str) -> Iterator[str]:
    """What about a value is not as the schema says."""
    alternatives = kind.split(" or ")
    if len(alternatives) > 1:
        tried = [list(misfits(schema, each, value, where)) for each in alternatives]
        yield from min(tried, key=len)
    elif kind.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{where}: no array but {value!r}"
            return
        for n, each in enumerate(value):
            yield from misfits(schema, kind.removeprefix("Array of "), each, f"{where}[{n}]")
    elif kind == "True" or kind in PLAIN:
        fits = value is True if kind == "True" else type(value) is PLAIN[kind]
        if not fits:
            yield f"{where}: no {kind} but {value!r}"
    elif not isinstance(value, dict):
        yield f"{where}: no {kind} but {value!r}"
    else:
        yield from _object_misfits(schema, kind, value, where)


def _object_misfits(schema: Schema, kind: str, value: Json, where: str) -> Iterator[str]:
    fields = {field["name"]: field for field in schema[kind]["annotations"]}
    if not fields and (members := _members(schema, kind)):
        yield from misfits(schema, " or ".join(members), value, where)
        return
    for name in value.keys() - fields.keys():
        yield f"{where}: {kind} has no {name}"
    for name, field in fields.items():
        if name in value:
            yield from misfits(schema, field["type"], value[name], f"{where}.{name}")
        elif field["required"]:
            yield f"{where}: {kind} must have {name}"


def _members(schema: Schema, kind: str) -> list[str]:
    """The types that a union consists of."""
    listed = re.findall(r"<li>.*?>(\w+)</a>", schema[kind]["html_description"])
    return [name for name in listed if name in schema]


def extras(model: Any, where: str) -> Iterator[str]:
    """Fields that aiogram's types do not have."""
    if isinstance(model, list):
        for n, each in enumerate(model):
            yield from extras(each, f"{where}[{n}]")
    elif isinstance(model, BaseModel):
        yield from (f"{where}.{name}" for name in model.model_extra or {})
        for name in type(model).model_fields:
            yield from extras(getattr(model, name), f"{where}.{name}")


class Tour:
    """Calls every method there is, most of them with everything they take."""

    def __init__(self, telegram: Peer) -> None:
        self.telegram = telegram
        self.method = ""
        self.answers: list[tuple[str, str, Any]] = []

    async def call(self, kind: str, method: str, files: dict[str, bytes] | None = None, **params: Any) -> Any:
        self.method = method
        fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        answer = await self.telegram.http.post(f"/bot{TOKEN}/{method}", data=fields, files=files)
        assert answer.json()["ok"], answer.text
        self.answers.append((method, kind, answer.json()["result"]))
        return answer.json()["result"]

    async def walk(self) -> None:
        user = {
            "first_name": "Ann",
            "last_name": "A",
            "username": "ann_a",
            "language_code": "en",
            "phone": "+4917012345",
        }
        chat = (await self.telegram.post("/users", **user))["chat_id"]
        await self.telegram.post(f"/chats/{chat}/send", text="/start")
        await self.telegram.post(f"/chats/{chat}/send", contact=True)
        await self._send(chat)
        await self._edit(chat)
        await self._receive(chat)
        await self._profile(chat)

    async def _send(self, chat: int) -> None:
        html = '<b>b</b> <a href="https://x.y">l</a> <pre><code class="language-py">c</code></pre> https://x.y'
        text: Json = {
            "text": html,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "protect_content": True,
        }
        buttons: Json = {"reply_parameters": {"message_id": 1}, "reply_markup": keyboard("A", "B")}
        await self.call("Message", "sendMessage", chat_id=chat, **text, **buttons)
        caption: Json = {"caption": "<i>c</i>", "parse_mode": "HTML", "show_caption_above_media": True}
        photo = await self.call("Message", "sendPhoto", {"photo": picture()}, chat_id=chat, **caption, **buttons)
        await self.call("File", "getFile", file_id=photo["photo"][0]["file_id"])
        await self.call("Message", "sendDocument", {"document": b"x"}, chat_id=chat, **caption)
        await self.call("Message", "forwardMessage", chat_id=chat, from_chat_id=chat, message_id=1)
        await self.call("MessageId", "copyMessage", chat_id=chat, from_chat_id=chat, message_id=3)
        await self.call("True", "sendChatAction", chat_id=chat, action="typing")

    async def _edit(self, chat: int) -> None:
        where: Json = {"chat_id": chat, "reply_markup": keyboard("C")}
        await self.call("Message", "editMessageText", message_id=3, text="*t*", parse_mode="MarkdownV2", **where)
        await self.call("Message", "editMessageCaption", message_id=4, caption="t", **where)
        media = {"type": "photo", "media": "attach://p", "caption": "m"}
        await self.call("Message", "editMessageMedia", {"p": picture(9, 9)}, message_id=4, media=media, **where)
        await self.call("Message", "editMessageReplyMarkup", chat_id=chat, message_id=4)
        await self.call("True", "pinChatMessage", chat_id=chat, message_id=3)
        await self.call("ChatFullInfo", "getChat", chat_id=chat)
        await self.call("True", "unpinChatMessage", chat_id=chat, message_id=3)
        await self.call("True", "unpinAllChatMessages", chat_id=chat)
        await self.call("True", "deleteMessage", chat_id=chat, message_id=5)
        await self.call("True", "deleteMessages", chat_id=chat, message_ids=[6, 7])

    async def _receive(self, chat: int) -> None:
        press = await self.telegram.post(f"/chats/{chat}/press", message_id=3, text="C")
        answer: Json = {"text": "ok", "show_alert": True, "url": "https://x.y", "cache_time": 0}
        await self.call("True", "answerCallbackQuery", callback_query_id=press["callback_query_id"], **answer)
        await self.telegram.post(f"/chats/{chat}/block")
        await self.telegram.post(f"/chats/{chat}/unblock")
        kinds = ["message", "callback_query", "my_chat_member"]
        updates = await self.call("Array of Update", "getUpdates", offset=0, limit=9, timeout=0, allowed_updates=kinds)
        assert len(updates) == 5
        hook: Json = {
            "url": "http://127.0.0.1:9/",
            "secret_token": "s",
            "max_connections": 1,
            "drop_pending_updates": True,
        }
        await self.call("True", "setWebhook", **hook)
        await self.call("WebhookInfo", "getWebhookInfo")
        await self.call("True", "deleteWebhook", drop_pending_updates=False)

    async def _profile(self, chat: int) -> None:
        await self.call("User", "getMe")
        await self.call("ChatMember", "getChatMember", chat_id=chat, user_id=chat)
        where: Json = {"scope": {"type": "default"}, "language_code": "zh"}
        await self.call("True", "setMyCommands", commands=[{"command": "a", "description": "b"}], **where)
        assert len(await self.call("Array of BotCommand", "getMyCommands", **where)) == 1
        await self.call("True", "deleteMyCommands", **where)
        for noun, field in (
            ("Name", "name"),
            ("Description", "description"),
            ("ShortDescription", "short_description"),
        ):
            named: Json = {field: "x", "language_code": "zh"}
            await self.call("True", f"setMy{noun}", **named)
            await self.call(f"Bot{noun}", f"getMy{noun}", language_code="zh")
        await self.call("True", "setChatMenuButton", chat_id=chat, menu_button={"type": "commands"})
        await self.call("MenuButton", "getChatMenuButton", chat_id=chat)


async def test_answers_and_parameters_fit_the_schema(
    telegram: Peer, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    tour, asked = Tour(telegram), set[tuple[str, str]]()
    for reader in ("raw", "text", "integer", "flag", "json"):
        original = getattr(Params, reader)

        def recorded(self: Params, name: str, *rest: Any, original: Any = original) -> Any:
            asked.add((tour.method, name))
            return original(self, name, *rest)

        monkeypatch.setattr(Params, reader, recorded)
    await tour.walk()
    assert {method.lower() for method, _, _ in tour.answers} == METHODS.keys()
    found = [each for method, kind, answer in tour.answers for each in misfits(schema, kind, answer, method)]
    assert found == []
    known = {(method, field["name"]) for method, _, _ in tour.answers for field in schema[method]["annotations"]}
    assert asked - known == set()
    assert len(asked) > 50


async def test_answers_fit_the_types_of_aiogram(telegram: Peer) -> None:
    tour = Tour(telegram)
    await tour.walk()
    found: list[str] = []
    for method, kind, answer in tour.answers:
        model = getattr(aiogram.types, kind.removeprefix("Array of "), None)
        for each in answer if isinstance(answer, list) else [answer]:
            if isinstance(model, type) and issubclass(model, BaseModel) and kind not in ("ChatMember", "MenuButton"):
                found += extras(model.model_validate(each), method)
    assert found == []


def test_the_check_finds_what_is_wrong(schema: Schema) -> None:
    user = {"id": "1", "is_bot": False, "nick": "x"}
    assert sorted(misfits(schema, "User", user, "u")) == [
        "u.id: no Integer but '1'",
        "u: User has no nick",
        "u: User must have first_name",
    ]
    message = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}
    assert list(misfits(schema, "MaybeInaccessibleMessage", message, "m")) == []
    assert list(misfits(schema, "Array of User", {}, "u")) == ["u: no array but {}"]
