"""`regulars demo`: a Telegram of our own, and a shop with a year behind it, in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import SystemRandom

from fastapi import FastAPI
from pydantic import SecretStr

from bot.sandbox import members
from bot.sandbox.clock import MovableClock
from bot.sandbox.sandbox import TOKEN_LETTERS, Sandbox
from bot.sandbox.server import create_app, running
from bot.sandbox.state import User
from core.db.database import Database
from core.services.moved_clock import ahead
from core.services.programs.publish_program import ensure_program
from core.services.staff.keys import create_key, revoke_keys
from core.settings import Settings
from core.shop import Shop
from demo.cast import CELEBRATING, HOUSEHOLDS, Person, join_cast
from demo.database import last_recorded
from demo.days import calendar_of
from demo.loading import Loaded, load
from demo.passing import Passing
from serving import Role, address_of, cannot_listen, listen, open_doors, stop_on_signals

KEY_NAME = "demo"


class Stopped(Exception):
    """Somebody pressed Ctrl-C while the baskets were loaded; what is in the books stays and is not loaded again."""


def demo_shop(database: Database) -> Shop:
    """A shop whose clock can be moved ahead, and starts where it was left, but no earlier than its books end."""
    clock = MovableClock()
    clock.advance(max(ahead(database), last_recorded(database) - clock.now()))
    return Shop(database, clock)


def made_up_token() -> str:
    """A token in the shape of Telegram's, good for this run alone."""
    random = SystemRandom()
    return f"{random.randint(10**9, 10**10 - 1)}:{''.join(random.choices(TOKEN_LETTERS, k=35))}"


def sandbox_app(shop: Shop, token: str) -> tuple[FastAPI, Passing]:
    """The sandbox on the shop's clock, and what moves that. Update ids start anywhere, since the books remember those
    of former runs."""
    assert isinstance(shop.clock, MovableClock)
    passing = Passing(shop, shop.clock)
    seed = SystemRandom().getrandbits(48)
    app = create_app(clock=shop.clock, move_clock=passing.go, calendar=calendar_of(shop), tokens=[token], seed=seed)
    passing.stepped = app.state.sandbox.note
    return app, passing


@dataclass(frozen=True)
class Stage:
    """What the loading came to, who is in the chat, and where everything is."""

    loaded: Loaded
    people: list[Person]
    chat: str
    api: str
    admin_key: str


async def perform(
    shop: Shop,
    settings: Settings,
    count: int,
    progress: Callable[[int, int], None],
    ready: Callable[[Stage], None],
) -> None:
    """Load `count` households, open all doors, and keep them open until Ctrl-C.

    Raises CannotListen, Stopped, ProgramError, DataMissing, OSError.
    """
    token = made_up_token()
    app, passing = sandbox_app(shop, token)
    async with stop_on_signals() as stop, AsyncExitStack() as stack:
        listening = stack.enter_context(listen(settings.api_host, settings.api_port))
        chat = await stack.enter_async_context(_sandbox(app, settings))

        def go_on(done: int, total: int) -> None:
            if stop.is_set():
                raise Stopped
            progress(done, total)

        loaded, people, key = await asyncio.to_thread(fill, shop, settings, count, go_on)
        stage = Stage(loaded, people, f"{chat}/", address_of(listening), key)
        seat(app, people)

        def opened() -> None:
            _greet(app, people)
            ready(stage)

        own = settings.model_copy(update={"bot_token": SecretStr(token), "bot_api_url": chat})
        roles = [role for role in Role if role is not Role.SCHEDULER]  # time passes at its own pace here
        keeping_up = asyncio.create_task(passing.keep_up())
        stack.callback(keeping_up.cancel)
        await open_doors(shop, own, roles, stop, listening=listening, ready=opened, due=passing.due)


def fill(
    shop: Shop, settings: Settings, count: int, progress: Callable[[int, int], None]
) -> tuple[Loaded, list[Person], str]:
    """The program, the households, the cast and a new key. Quick when all of it is there already."""
    ensure_program(shop, settings.program_file)
    loaded = load(shop, count, HOUSEHOLDS, CELEBRATING, progress)
    people = join_cast(shop, count)
    revoke_keys(shop, KEY_NAME)
    return loaded, people, create_key(shop, KEY_NAME, ["admin"])


@asynccontextmanager
async def _sandbox(app: FastAPI, settings: Settings) -> AsyncIterator[str]:
    host, port = settings.sandbox_host, settings.sandbox_port
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(running(app, host, port))
        except OSError as error:
            raise cannot_listen("sandbox", host, port, error) from error
        yield address


def seat(app: FastAPI, people: list[Person]) -> None:
    """Give everybody their Telegram account."""
    sandbox: Sandbox = app.state.sandbox
    for each in people:
        user = User(each.chat_id, each.name, None, each.username, each.language_code, each.phone)
        sandbox.add_user(user, started=each.joined)


def _greet(app: FastAPI, people: list[Person]) -> None:
    """Whoever has joined opens the chat, so that there is something to see."""
    sandbox: Sandbox = app.state.sandbox
    for each in people:
        if each.joined:
            members.write(sandbox, sandbox.chat(sandbox.bots[0], each.chat_id), "/start")
