"""The log of Bot API calls, as they were received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.sandbox.wording import Json


@dataclass(slots=True)
class Call:
    """One call. `outcome` is "ok", an error code ("403"), "lost_before", "lost_after", or None while it runs."""

    n: int
    at: datetime
    method: str
    chat_id: int | str | None
    outcome: str | None = None
    description: str | None = None
    message_id: int | None = None

    def view(self) -> Json:
        return {
            "n": self.n,
            "at": self.at.isoformat(),
            "method": self.method,
            "chat_id": self.chat_id,
            "outcome": self.outcome,
            "description": self.description,
            "message_id": self.message_id,
        }


class CallLog:
    """Every call, numbered from 1."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def received(self, at: datetime, method: str, chat_id: int | str | None) -> Call:
        call = Call(len(self._calls) + 1, at, method, chat_id)
        self._calls.append(call)
        return call

    def after(self, n: int) -> list[Call]:
        return self._calls[max(n, 0) :]
