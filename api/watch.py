"""Around every request: its id, its size, its place in the log and the metrics, and an answer whatever happens."""

from __future__ import annotations

import re
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.guard import most_bytes
from api.metrics import Metrics
from api.problems import Fault, answer

log = structlog.get_logger("api")
REQUEST_ID = "X-Request-ID"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Watch:
    """Pure ASGI: it must see what the exception handlers answer, and answer where they cannot."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        watched = Watched(scope, receive, send)
        with structlog.contextvars.bound_contextvars(request_id=watched.id):
            await watched.serve(self.app)
            self._note(scope, watched)

    def _note(self, scope: Scope, watched: Watched) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        seconds = perf_counter() - watched.since
        self.metrics.answered(method, route, watched.status, seconds)
        state = scope["state"]
        about = {name: state[name] for name in ("key_name", "reason") if name in state}
        if "reason" in state:
            self.metrics.problems.labels(state["reason"]).inc()
        log.info("request", method=method, route=route, status=watched.status, ms=round(seconds * 1000, 1), **about)


class Watched:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        headers = Headers(scope=scope)
        self.id = _request_id(headers.get(REQUEST_ID))
        scope.setdefault("state", {})["request_id"] = self.id
        self.announced = (
            int(length) if (length := headers.get("content-length", "")).isascii() and length.isdigit() else 0
        )
        self.most = most_bytes(scope["path"])
        self.received = 0
        self.status = 0
        self.since = perf_counter()

    async def serve(self, app: ASGIApp) -> None:
        if self.announced > self.most:
            await self.fail(too_large(self.most))
            return
        try:
            await app(self.scope, self.receive, self.send)
        except Exception:
            log.exception("unhandled")
            if self.status:
                raise
            await self.fail(
                Fault("internal", 500, "Something went wrong on our side; the log has it under this instance.")
            )

    async def fail(self, fault: Fault) -> None:
        self.scope["state"]["reason"] = fault.reason
        await answer(fault, self.id)(self.scope, self._receive, self.send)

    async def receive(self) -> Message:
        message = await self._receive()
        self.received += len(message.get("body", b""))
        if self.received > self.most:
            raise too_large(self.most)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[REQUEST_ID] = self.id
        await self._send(message)


def too_large(most: int) -> Fault:
    detail = f"The body is larger than {most} bytes, which is the most here; send less at a time, or a smaller photo."
    return Fault("body-too-large", 413, detail, facts={"limit": most})


def _request_id(asked: str | None) -> str:
    """The caller's own id where it is a harmless one, so that two logs can be laid side by side."""
    return asked if asked and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", asked) else uuid4().hex
