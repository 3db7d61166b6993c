"""Keeps a process's governor to its part of what the bot may send, while others send as the same bot."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Executor
from contextlib import suppress

import structlog

from bot.delivery.governor import Governor
from core.ports import Clock, SystemClock
from core.services.deliveries.share_rate import Need, share_rate, stop_sharing
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("bot.sharing")

LOOK_S = 1.0
"""How often every process looks what the others need."""
LOOKS = 3
"""Who sends takes room back after so many looks: by then all those that it was left to know."""


async def share_out(
    shop: Shop,
    bot_id: int,
    holder: str,
    governor: Governor,
    threads: Executor,
    *,
    replying: bool,
    clock: Clock | None = None,
) -> None:
    """Until cancelled. replying: whether this process answers members."""
    loop, real, rate = asyncio.get_running_loop(), clock or SystemClock(), int(governor.configured)
    parts: deque[float] = deque(maxlen=LOOKS)
    try:
        while True:
            need = Need(bot_id, holder, governor.replied() if replying else None, governor.sending())
            try:
                part = await loop.run_in_executor(threads, share_rate, shop, need, rate, real.now())
            except DatabaseUnavailable as error:
                log.error("what others send is not known just now; this process keeps its part", error=str(error))
            else:
                parts.append(part.rate)
                governor.allow(part.rate if replying and not need.sending else min(parts))
                if part.wait_until is not None:
                    governor.hold((part.wait_until - real.now()).total_seconds())
            await asyncio.sleep(LOOK_S)
    finally:
        if replying:
            with suppress(DatabaseUnavailable):
                await asyncio.shield(loop.run_in_executor(threads, stop_sharing, shop, bot_id, holder))
