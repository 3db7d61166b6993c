"""How fast messages leave, on a clock of the test's own."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Any

import pytest

from bot.delivery.governor import CHAT_S, WINDOW_S, Governor


class Time:
    """Goes on when nobody has anything left to do."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._alarms: list[tuple[float, int, Any]] = []

    def seconds(self) -> float:
        return self.now

    def later(self, delay: float, then: Callable[[], None]) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(self.now + delay, then, (), asyncio.get_running_loop())
        heapq.heappush(self._alarms, (handle.when(), id(handle), handle))
        return handle

    async def run(self, until: float) -> None:
        await _idle()
        while self._alarms and self._alarms[0][0] <= until:
            when, _, handle = heapq.heappop(self._alarms)
            if not handle.cancelled():
                self.now = max(self.now, when)
                handle._run()
                await _idle()
        self.now = until


async def _idle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Street:
    """What leaves and when, in seconds from the start."""

    def __init__(self, rate: int) -> None:
        self.time = Time()
        self.remembered: list[float] = []
        self.governor = Governor(
            rate, remember=self.remembered.append, seconds=self.time.seconds, later=self.time.later
        )
        self.left: list[tuple[float, str, int]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def message(self, chat_id: int) -> None:
        self._tasks.append(asyncio.create_task(self._go("message", chat_id)))

    def reply(self, chat_id: int) -> None:
        self._tasks.append(asyncio.create_task(self._go("reply", chat_id)))

    async def _go(self, what: str, chat_id: int) -> None:
        await (self.governor.reply(chat_id) if what == "reply" else self.governor.message(chat_id))
        self.left.append((round(self.time.now - 1000, 6), what, chat_id))

    async def run(self, seconds: float) -> None:
        await self.time.run(1000 + seconds)

    def times(self, what: str = "message") -> list[float]:
        return [at for at, kind, _ in self.left if kind == what]


def most_in_a_second(times: list[float]) -> int:
    return max(sum(at <= other < at + 1 for other in times) for at in times)


@pytest.mark.parametrize("rate", [1, 30, 300])
async def test_no_second_holds_more_than_the_rate_and_hardly_less(rate: int) -> None:
    street = Street(rate)
    for chat_id in range(5 * rate):
        street.message(chat_id)
    await street.run(5)
    assert most_in_a_second(street.times()) <= rate
    assert len(street.left) >= 0.97 * 5 * rate - 1
    assert street.governor.waiting == 5 * rate - len(street.left)


async def test_a_late_start_is_not_made_good_in_a_burst() -> None:
    street = Street(30)
    await street.run(60)
    for chat_id in range(60):
        street.message(chat_id)
    await street.run(60.2)
    assert len(street.left) <= 9


async def test_a_reply_overtakes_whatever_waits() -> None:
    street = Street(30)
    for chat_id in range(100):
        street.message(chat_id)
    await street.run(2)
    street.reply(1000)
    await street.run(2 + 3 / 30)
    assert street.times("reply")[0] <= 2 + 2 * WINDOW_S / 30


async def test_replies_keep_room_for_replies() -> None:
    """Five a second come, and soon they leave the moment they come."""
    street = Street(30)
    for chat_id in range(200):
        street.message(chat_id)
    waited = []
    for number in range(25):
        at = 0.2 * number
        await street.run(at)
        street.reply(5000 + number)
        await street.run(at + 0.19)
        waited.append(round(street.times("reply")[-1] - at, 6))
    assert max(waited) <= 0.08
    assert waited[10:] == [0.0] * 15
    assert most_in_a_second(street.times() + street.times("reply")) <= 30


async def test_a_chat_gets_one_message_a_second_and_nobody_else_waits_for_it() -> None:
    street = Street(30)
    for chat_id in (1, 1, 1, 2, 3):
        street.message(chat_id)
    await street.run(3)
    assert [(round(at, 2), chat_id) for at, _, chat_id in street.left if chat_id == 1] == [
        (0, 1), (CHAT_S, 1), (2 * CHAT_S, 1)
    ]  # fmt: skip
    assert all(at < 0.1 for at, _, chat_id in street.left if chat_id != 1)


async def test_a_person_who_taps_gets_three_answers_at_once_then_one_a_second() -> None:
    street = Street(30)
    for _ in range(5):
        street.reply(1)
    await street.run(3)
    assert [round(at, 2) for at in street.times("reply")] == [0, 0, 0, CHAT_S, 2 * CHAT_S]


async def test_telegrams_wait_holds_everybody_and_is_remembered() -> None:
    street = Street(30)
    street.message(1)
    await street.run(0.1)
    street.governor.flooded(5, 1)
    assert street.governor.room(1) == 0
    street.message(2)
    street.reply(3)
    await street.run(6)
    assert [at for at, _, _ in street.left] == [0, 5.1, 5.1]
    assert street.remembered == [5]


async def test_the_rate_falls_by_a_part_and_comes_back_by_steps() -> None:
    street = Street(100)
    for _ in range(3):  # three answers to one flood are one piece of news
        street.governor.flooded(1, 1)
    assert street.governor.rate == 70
    for chat_id in range(1000):
        street.message(chat_id)
    await street.run(1.9)
    assert most_in_a_second(street.times()) <= 70
    await street.run(4.5)
    assert street.governor.rate == 85
    await street.run(9)
    assert street.governor.rate == 100


async def test_a_flood_in_one_chat_holds_that_chat_alone() -> None:
    street = Street(30)
    for _ in range(3):
        street.reply(1)
    await street.run(0.01)
    street.governor.flooded(4, 1)
    street.message(2)
    street.reply(1)
    await street.run(10)
    assert street.times("message")[0] < 0.2
    assert street.times("reply")[3] >= 4
    assert street.remembered == []


async def test_who_gives_up_waiting_is_out_of_the_way() -> None:
    street = Street(1)
    street.message(1)
    waiting = asyncio.create_task(street.governor.message(2))
    street.message(3)
    await street.run(0.5)
    waiting.cancel()
    await street.run(2.5)
    assert [chat_id for _, _, chat_id in street.left] == [1, 3]
    assert street.governor.waiting == 0


async def test_a_smaller_part_holds_at_once_and_a_flood_in_it_is_not_forgotten() -> None:
    street = Street(30)
    for chat_id in range(100):
        street.message(chat_id)
    await street.run(2)
    street.governor.allow(10)
    await street.run(3)
    before = len(street.left)
    await street.run(5)
    assert len(street.left) - before == 19
    street.governor.flooded(0, 1)
    street.governor.allow(30)
    assert street.governor.rate == 7
