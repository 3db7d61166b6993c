"""A sender and a process that replies, each with a governor of its own, meeting in the database alone."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.delivery.governor import Governor
from bot.delivery.sharing import share_out
from core.ports import SystemClock
from core.services.deliveries.deliver import begin
from core.services.deliveries.senders import Lead
from core.shop import Shop
from tests.bot.delivery.conftest import POLICY
from tests.bot.delivery.test_governor import most_in_a_second
from tests.bot.talk import until

RATE = 30


class Counted(Governor):
    """Notes when each message was let go."""

    def __init__(self, left: list[float]) -> None:
        super().__init__(RATE)
        self._all = left

    def _leave(self, who: object, now: float) -> None:
        super()._leave(who, now)  # type: ignore[arg-type]
        self._all.append(now)


async def test_together_they_send_no_more_than_the_rate(shop: Shop) -> None:
    now = SystemClock().now()
    begin(shop, Lead(42, "42:worker"), POLICY, now, now + timedelta(minutes=1))
    left: list[float] = []
    sender, replier = Counted(left), Counted(left)
    with ThreadPoolExecutor(2) as threads:
        tasks = [
            asyncio.create_task(share_out(shop, 42, "bot", replier, threads, replying=True)),
            asyncio.create_task(share_out(shop, 42, "worker", sender, threads, replying=False)),
        ]

        async def kept_free() -> bool:
            return sender.rate == RATE - 3

        async def known() -> bool:
            return replier.rate < RATE / 2

        async def over() -> bool:
            return len(left) == 90

        try:
            await until(kept_free, "the sender's part")
            tasks += [asyncio.create_task(sender.message(chat_id)) for chat_id in range(80)]
            await until(known, "the replier's part")
            tasks += [asyncio.create_task(replier.reply(1000 + chat_id)) for chat_id in range(10)]
            await until(over, "the last message")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    assert most_in_a_second(left) <= RATE
