"""Time comes in here: APScheduler wakes, the database says what is due and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex

import structlog
from apscheduler.executors.pool import BasePoolExecutor  # type: ignore[import-untyped]
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

from core.rules.slots import Daily, Every
from core.services.books.run_due import run_due
from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.campaigns.watch_canaries import watch_canaries
from core.services.care.plan_care import plan_care
from core.services.chats.inbox import tidy_updates
from core.services.run_ticks import Tick, Timekeeper, give_up_lease, hold_lease, run_ticks, tidy_runs
from core.services.segments.refresh_facts import refresh_facts
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("bot.scheduler")

WAKE_S, HOLD_S = 60, 30
"""How often what is due is looked for, and how often a process that is at work says that it lives."""
LATE_S = 3600  # a wake-up this late is still done; the default of one second drops it

TICKS = (
    Tick("refresh_facts", Every(1), refresh_facts),
    Tick("run_due", Every(1), run_due),
    Tick("plan_care", Every(5), plan_care),
    Tick("plan_campaigns", Every(1), plan_campaigns),
    Tick("watch_canaries", Every(1), watch_canaries),
    Tick("refresh_all_facts", Daily(3, 30), partial(refresh_facts, whole=True)),
    Tick("tidy_updates", Every(60), tidy_updates),
    Tick("tidy_runs", Every(60), tidy_runs),
)
"""Everything that time brings, in the order in which it is done. The worker sends by itself."""
NIGHTLY = tuple(tick for tick in TICKS if isinstance(tick.rhythm, Daily))
OFTEN = tuple(tick for tick in TICKS if isinstance(tick.rhythm, Every))
"""Apart from each other, so that a long night does not keep the minutes waiting."""


class _Threads(BasePoolExecutor):  # type: ignore[misc]
    """APScheduler on threads that are there already."""

    def __init__(self, threads: Executor) -> None:
        super().__init__(threads)


class Alarm:
    """Runs the ticks of one process. at_work: how many of its wake-ups are under way."""

    def __init__(self, keeper: Timekeeper) -> None:
        self._keeper = keeper
        self._at_work = 0

    def often(self) -> None:
        self._wake(OFTEN)

    def nightly(self) -> None:
        self._wake(NIGHTLY)

    def hold(self) -> None:
        """While work goes on, nobody else may think this process dead."""
        if self._at_work:
            _try(hold_lease, self._keeper)

    def end(self) -> None:
        """Let another process in at once, unless work is still under way."""
        if not self._at_work:
            _try(give_up_lease, self._keeper)

    def _wake(self, ticks: tuple[Tick, ...]) -> None:
        self._at_work += 1
        try:
            _try(run_ticks, self._keeper, ticks)
        finally:
            self._at_work -= 1


def create_scheduler(shop: Shop, threads: Executor) -> tuple[AsyncIOScheduler, Alarm]:
    """Not started. threads: three, so that the lease is held while both kinds of ticks run."""
    alarm = Alarm(Timekeeper(shop, f"scheduler:{token_hex(8)}"))
    scheduler = AsyncIOScheduler(
        executors={"default": _Threads(threads)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": LATE_S},
        timezone="UTC",
    )
    for job, seconds in ((alarm.often, WAKE_S), (alarm.nightly, WAKE_S), (alarm.hold, HOLD_S)):
        first = datetime.now(UTC)  # what an outage left is made up for at once
        scheduler.add_job(job, "interval", seconds=seconds, id=job.__name__, next_run_time=first)
    return scheduler, alarm


def _try(work: Callable[..., object], *arguments: object) -> None:
    try:
        log.debug("woken", work=work.__name__, done=str(work(*arguments)))
    except DatabaseUnavailable as error:
        log.error("the database is not to be had; it is tried again at the next time", error=str(error))
