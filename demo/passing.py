"""Time passes in the demo: not in one jump, but from one thing that happens to the next, each at its own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.sandbox.clock import MovableClock
from bot.scheduler import TICKS, WAKE_S
from core.insight.due import leaving, next_due
from core.rules.slots import Daily, Rhythm
from core.services.moved_clock import keep_ahead
from core.services.run_ticks import Timekeeper, run_ticks
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("demo")

PATIENCE_S, LOOK_S = 15.0, 0.02
"""How long a moment waits for its messages to arrive, and how often it looks."""
HOURLY, EXACT = timedelta(days=2), timedelta(days=8)
"""How far each hour is lived through, and how far each time of day at which journeys speak. On a longer way what falls
due within two hours arrives together, or a year would take all morning."""
LAST_HOUR = Daily(23, 59)


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
        """The next moment at which something may happen."""
        with self.shop.reading() as (session, program):
            zone, coming = program.program.zone, next_due(session, now)
        clocks = {step.clock for journey in program.journeys for step in journey.steps}
        exact = way <= EXACT
        spoken: set[Rhythm] = {
            Daily(each.hour, each.minute) if exact else Daily(-(-(each.hour * 60 + each.minute) // 120) * 2 % 24)
            for each in clocks
        }
        moments = [rhythm.next(now, zone) for rhythm in (*spoken, *_nightly(), LAST_HOUR)]
        if way <= HOURLY:
            moments.append(now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
        return min([*moments, *([coming] if coming is not None and exact else [])])


def _nightly() -> Sequence[Rhythm]:
    return [tick.rhythm for tick in TICKS if isinstance(tick.rhythm, Daily)]
