"""Time passes in the demo: not in one jump, but from one thing that happens to the next, each at its own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.sandbox.clock import MovableClock
from bot.scheduler import NIGHTLY, TICKS, WAKE_S
from core.insight.due import campaigns_are_out, leaving, next_due
from core.rules.slots import Daily, Every
from core.services.care.next_care import next_care
from core.services.moved_clock import keep_ahead
from core.services.run_ticks import Timekeeper, run_ticks
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("demo")

PATIENCE_S, LOOK_S = 15.0, 0.02
"""How long a moment waits for its messages to arrive, and how often it looks."""
SHORT, EXACT, HOURLY, COARSE = timedelta(days=8), Every(5), Every(60), Every(120)
"""On a short way everything happens at its time, within the five minutes in which journeys are planned. On a longer way
what falls due within two hours arrives together, or a year would take all morning."""
LAST_HOUR = Daily(23, 59)
LEAST = timedelta(microseconds=1)


@dataclass
class Passing:
    """stepped: told after each step. due: set when there may be something to send."""

    shop: Shop
    clock: MovableClock
    stepped: Callable[[], object] = lambda: None
    due: asyncio.Event = field(default_factory=asyncio.Event)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._keeper = Timekeeper(self.shop, "demo")

    async def keep_up(self) -> None:
        """What a scheduler does, as long as nobody moves the clock: never ends."""
        while True:
            try:
                await self.go(self.clock.now())
            except DatabaseUnavailable as error:
                log.error("the database is not to be had; it is tried again at the next time", error=str(error))
            await asyncio.sleep(WAKE_S)

    async def go(self, to: datetime) -> None:
        """Bring the clock to that moment. At each step what is due is done, and its messages arrive."""
        async with self._lock:
            way = to - self.clock.now()
            while True:
                await self._live()
                now = self.clock.now()
                if now >= to:
                    return
                self.clock.advance(min(to, await asyncio.to_thread(self._next, now, way)) - now)
                await asyncio.to_thread(keep_ahead, self.shop, self.clock.ahead)
                self.stepped()

    async def _live(self) -> None:
        await asyncio.to_thread(run_ticks, self._keeper, TICKS)
        give_up = time.monotonic() + PATIENCE_S
        while await asyncio.to_thread(self._leaving) and time.monotonic() < give_up:
            self.due.set()
            await asyncio.sleep(LOOK_S)

    def _leaving(self) -> bool:
        with self.shop.read() as session:
            return leaving(session, self.clock.now())

    def _next(self, now: datetime, way: timedelta) -> datetime:
        """The next moment at which something may happen, or the last of the day."""
        tomorrow = now + timedelta(days=1)
        with self.shop.reading() as (session, program):
            zone = program.program.zone
            coming = [next_due(session, now), HOURLY.next(now, zone) if campaigns_are_out(session) else None]
        coming.append(next_care(self.shop, now, tomorrow))
        grid = EXACT if way <= SHORT else COARSE
        due = [grid.next(max(now, each - LEAST), zone) for each in coming if each is not None]
        return min([*(tick.rhythm.next(now, zone) for tick in NIGHTLY), LAST_HOUR.next(now, zone), *due])
