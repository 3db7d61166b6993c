"""Faults on order: what Telegram or the network may do to a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.sandbox.wording import BLOCKED, BotApiError, forbidden, server_error, too_many_requests, unauthorized

FaultKind = Literal["401", "429", "403", "500", "lost_before", "lost_after"]


@dataclass(slots=True)
class Fault:
    """Strikes `times` calls of this method and chat; None means any (of getUpdates only if it is named).

    401: the token was revoked.
    lost_before: the connection is closed before the call is processed; lost_after: it is processed, but never answered.
    """

    kind: FaultKind
    method: str | None = None
    chat_id: int | None = None
    times: int = 1
    retry_after: int = 1

    def matches(self, method: str, chat_id: int | str | None) -> bool:
        if self.method is None and method.lower() == "getupdates":
            return False
        named = self.method is None or self.method.lower() == method.lower()
        return named and (self.chat_id is None or str(self.chat_id) == str(chat_id))

    def error(self) -> BotApiError | None:
        """The answer this fault gives, or None when it gives none at all."""
        match self.kind:
            case "401":
                return unauthorized()
            case "429":
                return too_many_requests(self.retry_after)
            case "403":
                return forbidden(BLOCKED)
            case "500":
                return server_error()
            case _:
                return None


class Faults:
    """The faults still to strike, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def all(self) -> list[Fault]:
        return list(self._faults)

    def strike(self, method: str, chat_id: int | str | None) -> Fault | None:
        """The fault that hits this call, used up by one."""
        for fault in self._faults:
            if fault.matches(method, chat_id):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None
