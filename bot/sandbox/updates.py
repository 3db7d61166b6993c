"""What waits for a bot: its updates, kept 24 hours, handed out by polling or by a webhook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from bot.sandbox.bell import Bell
from bot.sandbox.clock import Clock
from bot.sandbox.wording import TERMINATED_BY_POLLER, Json, conflict

KEPT = timedelta(hours=24)
SILENCE = timedelta(days=7)
AHEAD = 10


@dataclass(slots=True)
class Update:
    update_id: int
    at: datetime
    body: Json
    taken: bool = False


class UpdateQueue:
    """One bot's updates, oldest first. Numbers go up by one, and start at random after a week of silence."""

    def __init__(self, clock: Clock, random: Random, bell: Bell) -> None:
        self._clock = clock
        self._random = random
        self._bell = bell
        self._pending: dict[int, Update] = {}
        self._next_id = 0
        self._last_at: datetime | None = None
        self._turn = 0
        self._terminated_by = TERMINATED_BY_POLLER
        self.allowed: frozenset[str] | None = None

    def put(self, kind: str, content: Json) -> int | None:
        """Queue an update; its id, or None when the bot asked not to get this kind."""
        if self.allowed is not None and kind not in self.allowed:
            return None
        self._drop_old()
        now = self._clock.now()
        if self._last_at is None or now - self._last_at >= SILENCE:
            self._next_id = self._random.randint(100_000_000, 900_000_000)
        update = Update(self._next_id, now, {"update_id": self._next_id, kind: content})
        self._pending[update.update_id] = update
        self._next_id += 1
        self._last_at = now
        self._bell.ring(self)
        return update.update_id

    def pending(self) -> list[Update]:
        """Everything not confirmed and not older than 24 hours."""
        self._drop_old()
        return list(self._pending.values())

    def holds(self, update: Update) -> bool:
        self._drop_old()
        return update.update_id in self._pending

    def clear(self) -> None:
        self._pending.clear()

    def confirm(self, update: Update) -> None:
        self._pending.pop(update.update_id, None)

    def put_back(self, update: Update) -> None:
        """A webhook that has it in hand gives it up."""
        update.taken = False
        self._bell.ring(self)

    async def take(self) -> Update:
        """The next update that nobody has in hand; waits for one."""
        while True:
            self._drop_old()
            if update := self._untaken():
                update.taken = True
                return update
            await self._bell.wait(self, lambda: self._untaken() is not None)

    def _untaken(self) -> Update | None:
        return next((update for update in self._pending.values() if not update.taken), None)

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[Json]:
        """Bodies of up to `limit` updates; waits up to `timeout_s` seconds for the first.

        `offset` confirms everything before it; a negative one confirms all but the last -offset.
        Raises 409 when another poller or a webhook comes in between.
        """
        self.terminate_poll(TERMINATED_BY_POLLER)
        mine = self._turn
        self._confirm_before(offset)
        await self._bell.wait(self, lambda: self._turn != mine or bool(self._pending), timeout_s)
        if self._turn != mine:
            raise conflict(self._terminated_by)
        self._drop_old()
        return [update.body for update in islice(self._pending.values(), limit)]

    def terminate_poll(self, why: str) -> None:
        """Whoever is polling now is answered 409."""
        self._turn += 1
        self._terminated_by = why
        self._bell.ring(self)

    def _confirm_before(self, offset: int) -> None:
        """Forget what lies before. An offset far ahead is from before a week of silence, and confirms nothing."""
        self._drop_old()
        if offset < 0:
            offset = next(islice(reversed(self._pending), -offset - 1, None), 0)
        if offset > self._next_id + AHEAD:
            return
        while self._pending and (oldest := next(iter(self._pending))) < offset:
            del self._pending[oldest]

    def _drop_old(self) -> None:
        now = self._clock.now()
        while self._pending and now - self._oldest().at > KEPT:
            del self._pending[self._oldest().update_id]

    def _oldest(self) -> Update:
        return next(iter(self._pending.values()))
