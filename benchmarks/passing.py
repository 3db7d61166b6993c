"""What time costs: a year of the demo's members, with everything that it brings, and an hour without news."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import event, func, select

from benchmarks.rows import Row
from benchmarks.shops import PROGRAM
from bot.delivery.governor import Governor
from bot.delivery.worker import run_worker
from bot.sandbox.clock import MovableClock
from bot.sandbox.server import running
from bot.scheduler import TICKS
from core.db.database import Database
from core.db.deliveries import deliveries
from core.db.migrating import upgrade
from core.db.prepared import Prepared
from core.rules.messaging import Caps
from core.services.deliveries.deliver import Policy
from core.services.programs.publish_program import ensure_program
from core.services.run_ticks import Timekeeper, run_ticks
from core.shop import Shop
from demo.cast import CELEBRATING, HOUSEHOLDS, Person, join_cast
from demo.loading import load
from demo.stage import made_up_token, sandbox_app, seat
from serving import run

MEMBERS = 60
POLICY = Policy(Caps(1, 3), care=Caps(3, 7))


def lived(quick: bool) -> list[Row]:
    """365 days as the demo lives them: slot by slot, each message to the sandbox."""
    span, count = (timedelta(hours=4), 0) if quick else (timedelta(days=365), MEMBERS)
    with _shop() as shop:
        people = _filled(shop, count)
        seconds = run(_year(shop, people, span))
        with shop.read() as session:
            sent = session.execute(select(func.count()).where(deliveries.c.state == "sent")).scalar_one()
    return [
        Row(f"{span.days} days of the demo's {count} households", seconds, "s"),
        Row("messages sent in them", sent, "messages"),
    ]


def idle(quick: bool) -> list[Row]:
    """What a scheduler costs an hour while nothing is due."""
    minutes = 3 if quick else 60
    with _shop() as shop:
        _filled(shop, 0)
        keeper, clock = Timekeeper(shop, "idle"), shop.clock
        assert isinstance(clock, MovableClock)
        run_ticks(keeper, TICKS)
        with _counted(shop) as statements:
            began = process_time()
            for _ in range(minutes):
                clock.advance(timedelta(minutes=1))
                run_ticks(keeper, TICKS)
            seconds = process_time() - began
    return [
        Row("the scheduler's statements in an idle hour", len(statements) * 60 / minutes, "statements/h"),
        Row("the scheduler's processor time in an idle hour", seconds * 60 / minutes, "s/h"),
    ]


async def _year(shop: Shop, people: list[Person], span: timedelta) -> float:
    token = made_up_token()
    app, passing = sandbox_app(shop, token)
    async with running(app, port=0) as address:
        seat(app, people)
        working = run_worker(shop, token, address, governor=Governor(30), policy=POLICY, news=passing.due)
        worker = asyncio.create_task(working)
        began = perf_counter()
        await passing.go(shop.now() + span)
        seconds = perf_counter() - began
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    return seconds


def _filled(shop: Shop, count: int) -> list[Person]:
    if count:
        load(shop, count, HOUSEHOLDS, CELEBRATING, lambda done, total: None)
    return join_cast(shop, count)


@contextmanager
def _shop() -> Iterator[Shop]:
    with TemporaryDirectory(prefix="regulars-bench-") as folder:
        shop = Shop(Database(f"sqlite:///{Path(folder)}/passing.db"), MovableClock())
        upgrade(shop.database)
        ensure_program(shop, PROGRAM)
        yield shop
        shop.database.dispose()


@contextmanager
def _counted(shop: Shop) -> Iterator[list[None]]:
    """Every statement; the prepared ones pass SQLAlchemy's events by."""
    seen: list[None] = []

    def note(*_given: object) -> None:
        seen.append(None)

    def noting(plain: Any) -> Any:
        def noted(*given: Any) -> Any:
            note()
            return plain(*given)

        return noted

    plain = {name: getattr(Prepared, name) for name in ("all", "run")}
    event.listen(shop.database.engine, "before_cursor_execute", note)
    for name, method in plain.items():
        setattr(Prepared, name, noting(method))
    try:
        yield seen
    finally:
        for name, method in plain.items():
            setattr(Prepared, name, method)
        event.remove(shop.database.engine, "before_cursor_execute", note)
