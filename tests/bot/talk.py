"""A person in the sandbox who talks with the bot, and waits until it has answered."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import select

from bot.app import MemberBot
from core.db.chats import telegram_updates
from core.insight.chats import ChatView, chat_of
from core.insight.members import MemberView, member_in_chat
from core.shop import Shop
from tests.updates import open_updates

DEADLINE_S = 20.0
Message = dict[str, Any]


async def until(true: Any, what: str) -> None:
    """Looks again and again until it is so."""
    end = asyncio.get_running_loop().time() + DEADLINE_S
    while not await true():
        assert asyncio.get_running_loop().time() < end, f"{what} did not come about"
        await asyncio.sleep(0.01)


@dataclass
class Person:
    http: httpx.AsyncClient
    bot: MemberBot
    shop: Shop
    chat_id: int

    async def send(self, text: str) -> Message:
        """Write, and see the bot's newest message after its answer."""
        return await self._sent({"text": text})

    async def share_contact(self, contact: dict[str, Any] | None = None) -> Message:
        return await self._sent({"contact": contact or True})

    async def send_photo(self, content: bytes) -> Message:
        return await self._sent({"photo": b64encode(content).decode()})

    async def send_document(self, content: bytes, mime: str) -> Message:
        return await self._sent({"document": {"content": b64encode(content).decode(), "mime": mime}})

    async def press(self, data: str, message: Message | None = None) -> Message:
        """Press a button of a message (the newest one), or forge its data; the newest message afterwards."""
        await self.tap(data, message)
        return await self.newest()

    async def tap(self, data: str, message: Message | None = None) -> str | None:
        """Press a button; the toast that answers it."""
        query = await self.post_press(data, message or await self.newest())
        await self.finished(query["update_id"])
        return await self.toast(query)

    async def post_press(self, data: str, message: Message) -> dict[str, Any]:
        """Press without waiting: {"callback_query_id", "update_id"}."""
        return await self._post("press", {"message_id": message["message_id"], "data": data})

    async def toast(self, query: dict[str, Any]) -> str | None:
        answers = (await self.http.get(f"/sandbox/chats/{self.chat_id}/answers")).json()
        found = [each["text"] for each in answers if each["callback_query_id"] == query["callback_query_id"]]
        assert found, "the press was not answered"
        text: str | None = found[0]
        return text

    async def messages(self) -> list[Message]:
        """What the bot has said and not taken back, oldest first."""
        got = await self.http.get(f"/sandbox/chats/{self.chat_id}/messages", params={"after": 0, "wait_s": 0})
        return [each for each in got.json() if each["from"] == "bot" and not each["deleted"]]

    async def newest(self) -> Message:
        found = await self.messages()
        assert found, "the bot has said nothing"
        return found[-1]

    async def block(self) -> None:
        given = await self._post("block", {})
        await self.finished(given["update_id"])

    async def unblock(self) -> None:
        given = await self._post("unblock", {})
        await self.finished(given["update_id"])

    def chat(self) -> ChatView:
        with self.shop.read() as session:
            chat = chat_of(session, self.chat_id)
        assert chat is not None
        return chat

    def member(self) -> MemberView:
        with self.shop.read() as session:
            member = member_in_chat(session, self.chat_id)
        assert member is not None
        return member

    def is_member(self) -> bool:
        with self.shop.read() as session:
            return member_in_chat(session, self.chat_id) is not None

    async def post(self, body: dict[str, Any]) -> int:
        """Write without waiting for the answer; the update's id."""
        given = await self._post("send", body)
        update_id: int = given["update_id"]
        return update_id

    async def finished(self, update_id: int) -> None:
        """Returns when the bot is through with an update."""
        done = select(telegram_updates.c.done_at).where(telegram_updates.c.update_id == update_id)

        async def through() -> bool:
            with self.shop.read() as session:
                return session.execute(done).scalar_one_or_none() is not None

        await until(through, f"an answer to update {update_id}")

    async def _sent(self, body: dict[str, Any]) -> Message:
        await self.finished(await self.post(body))
        return await self.newest()

    async def _post(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        got = await self.http.post(f"/sandbox/chats/{self.chat_id}/{what}", json=body)
        assert got.status_code in (200, 201), got.text
        given: dict[str, Any] = got.json()
        return given


def buttons(message: Message) -> list[str]:
    """The data (or links) behind a message's buttons."""
    return [each["data"] or each["url"] for row in message["buttons"] or [] for each in row]


def labels(message: Message) -> list[str]:
    return [each["text"] for row in message["buttons"] or [] for each in row]


def still_open(shop: Shop) -> list[int]:
    return [each.update_id for each in open_updates(shop)]
