"""Telegram's side of the wire: /bot<token>/<method> and /file/bot<token>/<path>.

Plain ASGI in front of everything else: a benchmark sends thousands of messages a second through here.
"""

from __future__ import annotations

import asyncio
import json
import re
from inspect import isawaitable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox import parameters
from bot.sandbox.calls import Call
from bot.sandbox.faults import Fault
from bot.sandbox.methods import METHODS, Request
from bot.sandbox.parameters import Params
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Bot
from bot.sandbox.wording import BotApiError, Json, not_found

METHOD_PATH = re.compile(r"/bot([^/]*)/(?:test/)?([A-Za-z]+)")
FILE_PATH = re.compile(r"/file/bot([^/]*)/(.+)")
# Chat actions are no messages, and edits do not count as sendings here.
COUNTED = re.compile(r"(?:send(?!chataction)|copy|forward)", re.IGNORECASE)
HANG_UP = "sandbox.hang_up"
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class BotApi:
    """ASGI middleware: answers what is the Bot API's, passes on the rest."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox
        sandbox.webhooks.reply = self._reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if asked := METHOD_PATH.fullmatch(path):
                await self._serve(asked[1], asked[2], scope, receive, send)
                return
            if asked := FILE_PATH.fullmatch(path):
                await self._serve_file(asked[1], asked[2], send)
                return
        await self._app(scope, receive, send)

    async def _serve(self, token: str, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        sandbox = self._sandbox
        try:
            params = await parameters.read(scope, receive)
        except BotApiError as refused:
            sandbox.calls.received(sandbox.clock.now(), name, None).outcome = str(refused.code)
            await _answer(send, refused.code, refused.body())
            return
        chat_id = params.chat_id()
        call = sandbox.calls.received(sandbox.clock.now(), name, chat_id)
        if sandbox.limits.latency_s:
            await asyncio.sleep(sandbox.limits.latency_s)
        fault = sandbox.faults.strike(name, chat_id)
        answer = await self._run(call, token, params, fault)
        if answer is None:
            await _hang_up(scope, receive, send)
        else:
            await _answer(send, answer.get("error_code", 200), answer)

    async def _run(self, call: Call, token: str, params: Params, fault: Fault | None) -> Json | None:
        """The answer; None when a fault swallows it. The call's outcome is noted."""
        if fault is not None and fault.kind == "lost_before":
            call.outcome = fault.kind
            return None
        try:
            if fault is not None and (error := fault.error()):
                raise error
            result = await self._result(self._sandbox.bot_of(token), call, params)
        except BotApiError as refused:
            call.outcome, call.description = str(refused.code), refused.description
            answer = refused.body()
        else:
            call.outcome, answer = "ok", {"ok": True, "result": result}
        if fault is not None:
            call.outcome = fault.kind
        return None if fault is not None and fault.kind == "lost_after" else answer

    async def _result(self, bot: Bot, call: Call, params: Params) -> Any:
        method = METHODS.get(call.method.lower())
        if method is None:
            raise not_found()
        if COUNTED.match(call.method):
            self._sandbox.limits.admit(bot.bot_id, call.chat_id)
        result = method(Request(self._sandbox, bot, params))
        if isawaitable(result):
            result = await result
        if isinstance(result, dict):
            call.message_id = result.get("message_id")
        return result

    async def _reply(self, bot: Bot, body: Json) -> None:
        """A method call in a webhook's response."""
        params = Params(body)
        call = self._sandbox.calls.received(self._sandbox.clock.now(), str(body["method"]), params.chat_id())
        await self._run(call, bot.token or "", params, None)

    async def _serve_file(self, token: str, path: str, send: Send) -> None:
        try:
            self._sandbox.bot_of(token)
            stored = self._sandbox.file_at(path)
            if stored is None:
                raise not_found()
        except BotApiError as refused:
            await _answer(send, refused.code, refused.body())
        else:
            await _respond(send, 200, stored.mime.encode(), stored.data)


async def _answer(send: Send, status: int, body: Json) -> None:
    await _respond(send, status, b"application/json", encode(body).encode())


async def _respond(send: Send, status: int, mime: bytes, body: bytes) -> None:
    headers = [(b"content-type", mime), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _hang_up(scope: Scope, receive: Receive, send: Send) -> None:
    """Close the connection without an answer; on a server that can't, break off within the answer."""
    hang_up = scope.get("extensions", {}).get(HANG_UP)
    if hang_up is None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        return
    hang_up["now"]()
    while (await receive())["type"] != "http.disconnect":
        pass
