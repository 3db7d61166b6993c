"""The flood model: how many messages a second a bot may send, in all and to one chat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from bot.sandbox.wording import too_many_requests


@dataclass(slots=True)
class Window:
    """At most `capacity` sendings within any `seconds`: a sliding window."""

    capacity: int
    seconds: float
    sent: deque[float] = field(default_factory=deque)

    @classmethod
    def at_rate(cls, per_second: float) -> Window:
        """30 per second is 30 in any 1 s; 0.5 per second is 1 in any 2 s."""
        capacity = max(1, int(per_second))
        return cls(capacity, capacity / per_second)

    def wait_s(self, now: float) -> float:
        """Seconds until one more fits; 0 when it fits now."""
        while self.sent and self.sent[0] <= now - self.seconds:
            self.sent.popleft()
        return 0.0 if len(self.sent) < self.capacity else self.sent[0] + self.seconds - now


class Limits:
    """Refuses with 429 what exceeds the rates. Rates are sendings per second; None is no limit.

    Times come from `seconds`, a monotonic clock: floods are a matter of real time, not of the demo's calendar.
    `latency_s` is how long each call takes at least, for measurements.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self.put(None, None, 0)

    def put(self, per_second: float | None, per_chat_per_second: float | None, latency_ms: float) -> None:
        self.per_second = per_second
        self.per_chat_per_second = per_chat_per_second
        self.latency_s = latency_ms / 1000
        self._bots: dict[int, Window] = {}
        self._chats: dict[tuple[int, str], Window] = {}

    def admit(self, bot_id: int, chat_id: int | str | None) -> None:
        """Count one sending, or raise 429 with the whole seconds after which it would be admitted."""
        windows = []
        if self.per_second:
            windows.append(self._bots.setdefault(bot_id, Window.at_rate(self.per_second)))
        if self.per_chat_per_second:
            key = (bot_id, str(chat_id))
            windows.append(self._chats.setdefault(key, Window.at_rate(self.per_chat_per_second)))
        if windows:
            self._count(windows)

    def _count(self, windows: list[Window]) -> None:
        now = self._seconds()
        wait_s = max(window.wait_s(now) for window in windows)
        if wait_s > 0:
            raise too_many_requests(max(1, ceil(wait_s)))
        for window in windows:
            window.sent.append(now)
