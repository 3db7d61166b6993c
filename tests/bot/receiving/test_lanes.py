from __future__ import annotations

import asyncio

from bot.receiving.lanes import Lanes


async def test_one_lane_in_order_and_lanes_beside_each_other() -> None:
    done: list[tuple[int, int]] = []
    gate = asyncio.Event()

    async def work(item: tuple[int, int]) -> None:
        if item == (1, 0):
            await gate.wait()
        done.append(item)
        if item == (2, 2):
            gate.set()

    lanes: Lanes[tuple[int, int]] = Lanes(work, width=2)
    for number in range(3):
        for lane in (1, 2):
            lanes.put(lane, (lane, number))
    await lanes.drained()
    assert done[:3] == [(2, 0), (2, 1), (2, 2)]
    assert done[3:] == [(1, 0), (1, 1), (1, 2)]


async def test_no_more_at_once_than_its_width() -> None:
    running = most = 0

    async def work(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    lanes: Lanes[int] = Lanes(work, width=3)
    for lane in range(20):
        lanes.put(lane, lane)
    await lanes.drained()
    assert most == 3


async def test_stopping_drops_what_waits() -> None:
    done: list[int] = []
    never = asyncio.Event()

    async def work(item: int) -> None:
        done.append(item)
        await never.wait()

    lanes: Lanes[int] = Lanes(work)
    lanes.put(1, 1)
    lanes.put(1, 2)
    await asyncio.sleep(0)
    await lanes.stop()
    assert done == [1]
