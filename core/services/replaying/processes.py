"""Reading work that is shared out among processes, one a processor, each with a connection of its own."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import Any, ClassVar, TypeVar

from sqlmodel import Session

from core.db.database import Database

Part = TypeVar("Part")
Given = TypeVar("Given")
MOST = 5
"""Processes, however many processors there are: each holds about 150 MB."""
AHEAD = 3
"""Parts a process that are given out at a time: none waits, and what was read does not pile up."""


def processors() -> int:
    """How many processes are worth while."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST)


def shared(
    database: Database, work: Callable[[Session, Part], Given], parts: Iterable[Part]
) -> Generator[Given, None, None]:
    """What the work gives for each part, in order. Each part is read in a snapshot of its own. work: can be pickled.

    Processes are begun afresh, not forked: a copy of this one would share its connections and locks. Raises what the
    work raises, and BrokenProcessPool when a process dies.
    """
    url, count = database.url.render_as_string(hide_password=False), processors()
    with ProcessPoolExecutor(count, get_context("spawn"), _Worker.begin, (url, work)) as pool:
        waiting: deque[Future[Given]] = deque()
        try:
            for part in parts:
                waiting.append(pool.submit(_Worker.do, part))
                if len(waiting) > AHEAD * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Worker:
    """What a process has of its own."""

    database: Database
    work: Callable[[Session, Any], Any]
    here: ClassVar[_Worker]

    @classmethod
    def begin(cls, url: str, work: Callable[[Session, Any], Any]) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody; who gave the work ends it
        Thread(target=_end_with_parent, daemon=True).start()
        cls.here = _Worker(Database(url), work)

    @classmethod
    def do(cls, part: Any) -> Any:
        with cls.here.database.read() as session:
            return cls.here.work(session, part)


def _end_with_parent() -> None:
    """When whoever gave the work was killed, nobody else says that there is no more."""
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
