"""Time on Telegram's side: a port, and a clock of its own for when the sandbox runs alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A clock that can be moved. `now()` is aware and in UTC."""

    def now(self) -> datetime: ...

    def advance(self, by: timedelta) -> None: ...


class MovableClock:
    """The machine's clock, plus as much as it was advanced."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, by: timedelta) -> None:
        self.ahead += by
