"""The sandbox as a program: the app, a server for it, and the command."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.sandbox import control, page
from bot.sandbox.bot_api import HANG_UP, BotApi
from bot.sandbox.calendar import Calendar
from bot.sandbox.clock import Clock
from bot.sandbox.control.clock import MoveClock
from bot.sandbox.control.refusals import answer_refusals
from bot.sandbox.sandbox import Sandbox

SHUTDOWN_S = 2
KEEP_ALIVE_S = 75  # Longer than any client keeps one: who closes first must not be who is asked.


def create_app(
    *,
    clock: Clock | None = None,
    move_clock: MoveClock | None = None,
    calendar: Callable[[datetime], Calendar] = lambda _: Calendar(),
    tokens: Iterable[str] = (),
    seed: int = 0,
    name: str = "Regulars",
    username: str = "regulars_sandbox_bot",
    seconds: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """A sandbox and its app; the state is `app.state.sandbox`.

    `clock` is what everything here is dated with, and what POST /sandbox/clock moves: in one step, unless
    `move_clock(to)` brings it there, which is awaited before that request is answered. `calendar(now)` says in which
    zone the page shows the time, and which days it can go to. `tokens`: the bots there are; without any, every
    well-formed token is one. `seed` makes all ids repeatable. `seconds` is the monotonic clock of the flood model.
    """
    sandbox = Sandbox(clock, tokens, seed, name, username, seconds)
    sandbox.calendar = calendar

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await sandbox.close()

    app = FastAPI(
        title="Sandbox",
        docs_url=None,
        redoc_url=None,
        openapi_url="/sandbox/openapi.json",
        lifespan=lifespan,
    )
    app.state.sandbox = sandbox
    app.state.move_clock = move_clock
    app.include_router(control.router)
    app.include_router(page.router)
    app.add_middleware(BotApi, sandbox=sandbox)
    answer_refusals(app)
    return app


class _Protocol(HttpToolsProtocol):
    """Lets the app close the connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {HANG_UP: {"now": self.transport.abort}}


class _Server(uvicorn.Server):
    """Leaves the signals to the program it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def running(app: FastAPI, host: str = "127.0.0.1", port: int = 8081) -> AsyncIterator[str]:
    """Serve the app as long as the block runs; gives its address, like http://127.0.0.1:8081.

    Port 0 takes a free one. Raises OSError when the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    config = uvicorn.Config(
        app,
        http=_Protocol,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    shown = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{shown}:{listening.getsockname()[1]}"
    finally:
        await app.state.sandbox.close()
        server.should_exit = True
        await serving


async def serve(
    host: str = "127.0.0.1",
    port: int = 8081,
    *,
    app: FastAPI | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until cancelled. `ready` gets the address once it can be called."""
    async with running(app or create_app(), host, port) as address:
        if ready is not None:
            ready(address)
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m bot.sandbox`: the sandbox alone, with a clock of its own. 2 when it can't listen."""
    parser = argparse.ArgumentParser(prog="bot.sandbox", description="A Telegram of our own on loopback.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one (default: 8081)")
    given = parser.parse_args(arguments)
    return run(given.host, given.port)


def run(host: str = "127.0.0.1", port: int = 8081) -> int:
    """Serve until interrupted; the process's exit code."""
    app = create_app()
    factory = uvicorn.Config(app).get_loop_factory()
    try:
        with asyncio.Runner(loop_factory=factory) as runner, contextlib.suppress(KeyboardInterrupt):
            runner.run(serve(host, port, app=app, ready=_announce))
    except OSError as refused:
        print(
            f"The sandbox can't listen on {host}:{port}: {os.strerror(refused.errno or 0)}. Take another --port.",
            file=sys.stderr,
        )
        return 2
    return 0


def _announce(address: str) -> None:
    print(f"Chat: {address}/   Bot API: {address}/bot<token>/<method>", flush=True)
