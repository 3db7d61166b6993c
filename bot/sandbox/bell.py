"""Waiting for something to happen, without polling: whoever waits on a topic wakes when it rings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

TICK_S = 3600.0


class Bell:
    """Wakes who waits on a topic. Lives on one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, set[asyncio.Future[None]]] = {}
        self._closed = False

    def ring(self, topic: Hashable) -> None:
        for future in self._waiting.pop(topic, ()):
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Wake everybody, and let nobody wait any more: the server is going down."""
        self._closed = True
        for topic in list(self._waiting):
            self.ring(topic)

    async def wait(self, topic: Hashable, ready: Callable[[], bool], timeout_s: float = TICK_S) -> bool:
        """Wait until `ready()`, looked at after each ring. False when the time (seconds) ran out first."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while not ready():
            left = deadline - loop.time()
            if left <= 0 or self._closed:
                return False
            await self._ringing(topic, left)
        return True

    async def _ringing(self, topic: Hashable, timeout_s: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(topic, set()).add(future)
        try:
            await asyncio.wait([future], timeout=timeout_s)
        finally:
            waiting = self._waiting.get(topic)
            if waiting is not None:
                waiting.discard(future)
                if not waiting:
                    del self._waiting[topic]
