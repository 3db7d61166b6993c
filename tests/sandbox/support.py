"""A sandbox under test: its server, a client for both of its sides, and time that stands still."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from PIL import Image

from bot.sandbox import Sandbox

TOKEN = "4242:a-token-of-the-tests"
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Json = dict[str, Any]


class StillClock:
    """Stands until it is advanced."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


class Stopwatch:
    """A monotonic clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Peer:
    """Both sides of a running sandbox."""

    address: str
    http: httpx.AsyncClient
    sandbox: Sandbox
    clock: StillClock
    stopwatch: Stopwatch

    async def call(self, method: str, token: str = TOKEN, **params: Any) -> Json:
        """A Bot API call with a JSON body; the whole answer."""
        answer = await self.http.post(f"/bot{token}/{method}", json=params)
        body: Json = answer.json()
        assert answer.status_code == body.get("error_code", 200)
        return body

    async def ok(self, method: str, **params: Any) -> Any:
        body = await self.call(method, **params)
        assert body["ok"], body
        return body["result"]

    async def refused(self, method: str, **params: Any) -> str:
        """What the refusal says, with its code in front."""
        body = await self.call(method, **params)
        assert not body["ok"], body
        return f"{body['error_code']} {body['description']}"

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.http.get(f"/sandbox{path}", params=query)
        assert answer.is_success, answer.text
        return answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/sandbox{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def wrong(self, verb: str, path: str, body: Any = None, **query: Any) -> tuple[int, Json]:
        """Status and error of a control request that is refused, which always has three parts."""
        answer = await self.http.request(verb, f"/sandbox{path}", json=body, params=query or None)
        assert set(answer.json()) == {"error", "field", "mend"}
        return answer.status_code, answer.json()

    async def user(self, first_name: str = "Ann", **more: Any) -> int:
        """A user who has written to the bot before."""
        return int((await self.post("/users", first_name=first_name, **{"started": True, **more}))["chat_id"])

    async def message(self, chat_id: int, message_id: int) -> Json:
        listed = await self.get(f"/chats/{chat_id}/messages", after=message_id - 1)
        found: Json = listed[0]
        assert found["message_id"] == message_id
        return found

    async def calls(self) -> list[tuple[str, str]]:
        return [(call["method"], call["outcome"]) for call in await self.get("/calls")]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again until it is so, for 20 s at most."""
    async with asyncio.timeout(20):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.005)


def picture(width: int = 30, height: int = 20, kind: str = "PNG") -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(drawn, kind)
    return drawn.getvalue()


def keyboard(*labels: str) -> Json:
    """One row of inline buttons whose data is their label in small letters."""
    return {"inline_keyboard": [[{"text": label, "callback_data": label.lower()} for label in labels]]}
