"""One chat's updates run one after another, different chats' at once, so many at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Lanes(Generic[Item]):
    """`work` must not raise: it is the last one who can do something about a failure."""

    def __init__(self, work: Callable[[Item], Awaitable[None]], *, width: int = 32) -> None:
        self._work = work
        self._places = asyncio.Semaphore(width)
        self._waiting: dict[int, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, lane: int, item: Item) -> None:
        queue = self._waiting.get(lane)
        if queue is not None:
            queue.append(item)
            return
        self._waiting[lane] = deque([item])
        task = asyncio.create_task(self._run(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, lane: int) -> None:
        queue = self._waiting[lane]
        try:
            while queue:
                async with self._places:
                    await self._work(queue.popleft())
        finally:
            del self._waiting[lane]

    async def drained(self) -> None:
        """Returns when everything put so far has been worked off."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self) -> None:
        """Drops what waits and interrupts what runs; the database still has it as open."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
