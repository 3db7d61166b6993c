"""Both databases, a clock that stands still, and secrets that can be foretold."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from core.db.database import Database
from core.db.migrating import upgrade
from core.services.programs.publish_program import ensure_program
from core.shop import Shop
from tests.postgresql import Postgres, server

# How long an example takes is not asked here. `make laws` (REGULARS_STORIES) looks for new ones; the tests try the same
# ones each time, so that they pass or fail by what was changed.
settings.register_profile("regulars", deadline=None, derandomize="REGULARS_STORIES" not in os.environ)
settings.load_profile("regulars")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end, and looking through it for garbage again and again takes minutes in all."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_unconfigure() -> None:
    gc.unfreeze()


FIVE_TIER = Path(__file__).parent.parent / "programs" / "five-tier.toml"
SMALL = Path(__file__).parent / "small.toml"


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A log that a test has directed, say to a stream that is closed after it, is not the next one's. Exceptions come
    without pictures of every local variable, which take seconds to draw."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
    yield
    structlog.reset_defaults()


class FrozenClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, **delta: float) -> None:
        self._now += timedelta(**delta)

    def set(self, now: datetime) -> None:
        self._now = now


class CountingChance:
    """Gives 1, 2, 3 … in the shape that was asked for; safe between threads."""

    def __init__(self) -> None:
        self._next = count(1)
        self._seeds = count(1)

    def digits(self, count: int) -> str:
        return str(next(self._next)).rjust(count, "0")

    def code(self, length: int) -> str:
        return str(next(self._next)).rjust(length, "C")

    def token(self) -> str:
        return f"token-{next(self._next)}"

    def seed(self) -> str:
        return f"{next(self._seeds):064x}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.dispose()
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with server() as postgres:
        yield postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty migrated database, a test's own."""
    if request.param == "sqlite":
        file = tmp_path / "regulars.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database(spoilt="tests/db/" in request.node.nodeid) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, busy_timeout_s=120)  # on a busy machine nobody gives up sooner
    yield database
    database.dispose()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def bare_shop(database: Database, clock: FrozenClock) -> Shop:
    """A shop without a program."""
    return Shop(database, clock, CountingChance())


@pytest.fixture
def shop(bare_shop: Shop) -> Shop:
    """A shop with the five-tier program in force since the clock's first moment."""
    ensure_program(bare_shop, FIVE_TIER)
    return bare_shop


@pytest.fixture
def small_shop(bare_shop: Shop) -> Shop:
    """A shop with the program of tests/small.toml, whose points are easily reckoned by hand."""
    ensure_program(bare_shop, SMALL)
    return bare_shop
