from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter

from bot.receiving.poller import Poller
from core.shop import DatabaseUnavailable


class Script:
    """getUpdates as written down: exceptions are raised; at the end polling is cancelled."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.offsets: list[int | None] = []
        self.waits: list[float] = []
        self.taken: list[int] = []

    async def get_updates(self, offset: int | None, **_: Any) -> Sequence[Update]:
        self.offsets.append(offset)
        if not self.answers:
            raise asyncio.CancelledError
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return [Update(each) for each in answer]

    async def take_in(self, updates: Sequence[Update]) -> None:
        self.taken += [each.update_id for each in updates]

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def run(self, take_in: Any = None) -> None:
        poller = Poller(cast(Bot, self), take_in or self.take_in, sleep=self.sleep)
        with pytest.raises(asyncio.CancelledError):
            await poller.run()


async def test_what_was_taken_in_is_acknowledged_by_the_next_poll_and_no_longer() -> None:
    script = Script([7, 8], [], [3])
    await script.run()
    assert script.offsets == [None, 9, None, 4]
    assert script.taken == [7, 8, 3]


async def test_what_cannot_be_stored_stays_with_telegram() -> None:
    script = Script([7], [7])
    failures = [DatabaseUnavailable("locked")]

    async def take_in(updates: Sequence[Update]) -> None:
        if failures:
            raise failures.pop()
        await script.take_in(updates)

    await script.run(take_in)
    assert script.offsets == [None, None, 8]
    assert script.taken == [7]


async def test_trouble_is_waited_out_ever_longer_and_explained() -> None:
    script = Script(NetworkError("a"), NetworkError("b"), NetworkError("c"), [1], NetworkError("d"), RetryAfter(7))
    await script.run()
    assert script.waits == [1, 2, 4, 1, 7]
    with capture_logs() as logs:
        await Script(Conflict("other"), InvalidToken(), ValueError("what")).run()
    assert [each["log_level"] for each in logs] == ["error"] * 3
    assert "another program polls with this bot token" in logs[0]["event"]
    assert "REGULARS_BOT_TOKEN" in logs[1]["event"]
