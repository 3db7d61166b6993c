"""The sender: marks what is due, lets it leave as fast as the governor says, and records what came of it.

Marking and recording happen in turns, one transaction each, so that at any speed there are few of them; each message is
on disk as `sending` before its request leaves. One process a bot leads, any number stand by.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextlib import suppress
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, TypeVar

import structlog
from telegram import Bot
from telegram.error import RetryAfter

from bot.delivery.amending import amend
from bot.delivery.governor import Governor
from bot.delivery.uploads import Uploads
from bot.delivery.wire import Unknown
from bot.request import NotSent, Unwritten, seconds
from core.ports import Clock, SystemClock
from core.services.deliveries.deliver import CLAIM, Policy, Turn, any_due, begin, turn
from core.services.deliveries.leaving import Change, Outcome, Outgoing
from core.services.deliveries.senders import Lead, note_refused, resign
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("bot.sender")

LEASE_S = 6.0
"""How long a dead sender keeps others waiting, at most; with the standby's own rhythm that is under 10 s."""
TURN_S = 0.05
AHEAD_S = 0.15
"""How far ahead messages are marked, so that the next ones are there when these have left."""
TURNS_AHEAD, MOST_AHEAD_S = 2.5, 0.3
"""Further where a turn takes long: by so many turns, but never more. What is marked is in doubt after a kill."""
POLL_S = 0.5
MOST_OUT = 600
"""How many are marked and not recorded at a time, at most."""
PATIENCE_S = 10.0
UNKNOWN_S, AWAY_S = 60.0, 2.0
"""How long nothing is sent with a token that Telegram does not know, and when it cannot be reached."""

T = TypeVar("T")


class Sender:
    """bot: initialized, its requests with at least MOST_OUT connections for the full speed. threads: one is enough.

    news: set by whoever knows that something has fallen due; otherwise it is found at the next look.
    """

    def __init__(
        self,
        shop: Shop,
        bot_id: int,
        bot: Bot,
        governor: Governor,
        policy: Policy,
        threads: Executor,
        *,
        paid: bool = False,
        lease_s: float = LEASE_S,
        clock: Clock | None = None,
        news: asyncio.Event | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._shop = shop
        self._bot = bot
        self._governor = governor
        self._policy = policy
        self._threads = threads
        self._uploads = Uploads(shop, bot_id, bot, threads)
        self._paid = paid
        self._lease_s = lease_s
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._lead = Lead(bot_id, f"{bot_id}:{token_hex(8)}")
        self._good_until = 0.0
        self._turn_s = 0.0
        self._refused = False
        self._outcomes: list[Outcome] = []
        self._out: dict[asyncio.Task[None], Outgoing | Change] = {}
        self._failed = False
        """The last turn did, as far as anybody knows: the answer to its commit may be all that was lost."""
        self._turning: asyncio.Future[Turn] | None = None
        self._on_the_wire: set[asyncio.Task[Any] | None] = set()
        self._news = news or asyncio.Event()
        self.leading = asyncio.Event()

    async def run(self) -> None:
        """Stand by and lead until cancelled; then what is on its way is waited for and recorded."""
        try:
            while True:
                await self._stand_by()
                await self._send_what_is_due()
        finally:
            await asyncio.shield(self._wind_up())

    async def _stand_by(self) -> None:
        while True:
            lease, good_until = self._new_lease(), time.monotonic() + self._lease_s
            begun = await self._try(begin, self._shop, self._lead, self._policy, self._clock.now(), lease)
            if begun is not None:
                log.info("this process sends", holder=self._lead.holder)
                self._good_until = good_until
                self._obey(begun)
                await self._known_again()
                self.leading.set()
                return
            await self._sleep(self._lease_s / 6)
            if self._outcomes:  # late answers: whoever leads now has held these for in doubt
                await self._take_turn(0)

    async def _send_what_is_due(self) -> None:
        """Turns, until somebody else leads."""
        while True:
            await self._something_to_do()
            began = time.monotonic()
            room = self._governor.room(max(AHEAD_S, min(TURNS_AHEAD * self._turn_s, MOST_AHEAD_S)))
            done = await self._take_turn(max(0, min(room, MOST_OUT - len(self._out))))
            if not done.leads:
                self.leading.clear()
                self._good_until = 0.0
                log.warning("another process sends now", holder=self._lead.holder)
                await self._call_back()
                return
            if len(done.outgoing) < CLAIM:
                await asyncio.sleep(max(0.0, began + TURN_S - time.monotonic()))

    async def _something_to_do(self) -> None:
        """Returns when there is something to record or to make sure of, something is due, or the lease wants to be
        renewed."""
        while not self._outcomes and not self._failed and time.monotonic() < self._good_until - self._lease_s / 2:
            self._news.clear()
            if self._governor.room(AHEAD_S) and len(self._out) < MOST_OUT and await self._try(any_due, self._shop):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(min(POLL_S, self._lease_s / 4)):
                    await self._news.wait()

    async def _take_turn(self, room: int) -> Turn:
        """Runs to its end also when this process is stopped: else what it marked would seem to have left."""
        self._turning = asyncio.ensure_future(self._turn(room))
        return await asyncio.shield(self._turning)

    async def _turn(self, room: int) -> Turn:
        outcomes = self._outcomes[:]
        began = time.monotonic()
        lease, good_until = self._new_lease(), began + self._lease_s
        known = [*self._out.values(), *(each.of for each in outcomes)] if self._failed else None
        done = await self._try(turn, self._shop, self._lead, outcomes, room, self._policy, lease, known)
        self._failed = done is None
        if done is None:
            await self._sleep(POLL_S)
            return Turn(True, [])
        self._turn_s = max(time.monotonic() - began, 0.8 * self._turn_s)
        del self._outcomes[: len(outcomes)]
        if done.leads:
            self._good_until = good_until
            self._obey(done)
            for message in done.outgoing:
                task = asyncio.create_task(self._send(message))
                self._out[task] = message
                task.add_done_callback(self._out.pop)
        return done

    async def _send(self, message: Outgoing | Change) -> None:
        outcome = Outcome(message, "again")
        try:
            await self._governor.message(message.chat_id)
            if time.monotonic() < self._good_until:  # else somebody else may lead by now
                outcome = Outcome(message, "in_doubt", error="the sender was stopped before Telegram answered")
                self._on_the_wire.add(asyncio.current_task())
                outcome = await self._post(message)
        finally:
            self._on_the_wire.discard(asyncio.current_task())
            self._outcomes.append(outcome)
            self._news.set()

    async def _post(self, message: Outgoing | Change) -> Outcome:
        try:
            if isinstance(message, Change):
                return await amend(self._bot, message)
            outcome = await self._uploads.post(message, paid=self._paid)
            if self._refused:
                await self._known_again()
            return outcome
        except RetryAfter as error:
            wait_s = seconds(error)
            self._governor.flooded(wait_s, message.chat_id)
            return Outcome(message, "again", error=str(error), wait_s=wait_s)
        except Unwritten as error:
            return Outcome(message, "again", error=str(error))
        except NotSent as error:
            self._governor.hold(AWAY_S)
            log.warning("Telegram cannot be reached", error=str(error))
            return Outcome(message, "again", error=str(error), wait_s=AWAY_S)
        except Unknown as error:
            self._governor.hold(UNKNOWN_S)
            log.error("Telegram no longer knows this bot token: set REGULARS_BOT_TOKEN", retry_in_s=UNKNOWN_S)
            self._refused = True
            await self._try(note_refused, self._shop, self._lead.bot_id, self._clock.now())
            return Outcome(message, "again", error=str(error), wait_s=UNKNOWN_S)
        except Exception as error:
            log.exception("a message could not be sent", delivery=message.id)
            return Outcome(message, "in_doubt", error=type(error).__name__)

    async def _known_again(self) -> None:
        self._refused = False
        await self._try(note_refused, self._shop, self._lead.bot_id, None)

    def _obey(self, done: Turn) -> None:
        """Also what Telegram asked another process of this bot."""
        if done.wait_until is not None:
            wait_s = (done.wait_until - self._clock.now()).total_seconds()
            if wait_s > 0:
                self._governor.hold(wait_s)

    def _new_lease(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._lease_s)

    async def _call_back(self) -> None:
        """What waits for its moment does not leave: also not should this process lead again by then, since whoever led
        in between may have sent it."""
        waiting = self._out.keys() - self._on_the_wire
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _wind_up(self) -> None:
        """What has not left stays planned; what has is waited for as long as a request may take."""
        if self._turning is not None:
            await asyncio.wait([self._turning])
        await self._call_back()
        posting = set(self._out)
        if posting:
            _, late = await asyncio.wait(posting, timeout=PATIENCE_S)
            for task in late:
                task.cancel()
        await asyncio.gather(*posting, return_exceptions=True)
        if self._outcomes or self._failed:
            await self._take_turn(0)
        if self.leading.is_set():
            await self._try(resign, self._shop, self._lead)

    async def _try(self, work: Callable[..., T], *arguments: Any) -> T | None:
        """None: the database is not to be had just now."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        except DatabaseUnavailable as error:
            log.error("the database is not to be had", error=str(error))
            return None
