"""Time comes in here: APScheduler wakes, the database says what is due."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

import structlog
from apscheduler.executors.pool import BasePoolExecutor  # type: ignore[import-untyped]
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

from core.services.inbox import tidy_updates
from core.services.run_due import run_due
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("bot.scheduler")

LATE_S = 3600  # a wake-up this late is still done; the default of one second drops it


class _Threads(BasePoolExecutor):  # type: ignore[misc]
    """APScheduler on threads that are there already."""

    def __init__(self, threads: Executor) -> None:
        super().__init__(threads)


def create_scheduler(shop: Shop, threads: Executor) -> AsyncIOScheduler:
    """Not started. Each minute what is due, each hour old updates go."""
    scheduler = AsyncIOScheduler(
        executors={"default": _Threads(threads)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": LATE_S},
        timezone="UTC",
    )
    scheduler.add_job(_awake, "interval", minutes=1, args=[run_due, shop], id="due")
    scheduler.add_job(_awake, "interval", hours=1, args=[tidy_updates, shop], id="tidy")
    return scheduler


def _awake(work: Callable[[Shop], object], shop: Shop) -> None:
    try:
        log.debug("woken", work=work.__name__, done=str(work(shop)))
    except DatabaseUnavailable as error:
        log.error("the database is not to be had; it is tried again at the next time", error=str(error))
