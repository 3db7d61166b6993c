"""Sixty-four at once: every call starts when all are ready."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from core.rules.refusal import Refused

MANY = 64
T = TypeVar("T")


def at_once(work: Callable[[int], T], count: int = MANY) -> tuple[list[T], Counter[str]]:
    """Every call starts when all are ready. What was given, and how often which reason was refused."""
    ready = Barrier(count)

    def one(number: int) -> T | Refused:
        ready.wait(timeout=60)
        try:
            return work(number)
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(one, range(count)))
    refused = Counter(each.refusal.reason for each in answers if isinstance(each, Refused))
    return [each for each in answers if not isinstance(each, Refused)], refused
