"""How fast messages leave for Telegram: one governor a bot, for everything that leaves.

Telegram counts messages in any second, as they arrive. So no more than the rate leave within a second and a margin for
how unevenly they travel, and evenly, not in bursts. Replies go first, and what broadcasts may use shrinks by what
replies have lately needed.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

WINDOW_S = 1.02
"""A second and a margin: a message may travel 20 ms longer than one a second later. Costs 2 % of the rate."""
CHAT_S = 1.05
"""The same for a single chat, to which one message a second may go."""
CATCH_UP_S = 0.08
"""How much a late wake-up may be made good at once."""
REPLIES_AT_ONCE = 3
"""How many replies one chat may get without a pause: a person tapped, and waits."""
DECREASE = 0.7
INCREASE = 0.05
"""What a 429 leaves of the rate, and the part of the configured rate that each second without one brings back."""
SENDING_S = 3.0
"""For so long after its last message a process is taken for one that sends."""
SLOWEST = 0.2
REPLIES_SHARE = 3
"""Replies keep broadcasts out of a third of the rate at most."""


Later = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


class Pace:
    """Evenly spaced: the generic cell rate algorithm (ITU-T I.371). Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._next = 0.0
        self._held_until = 0.0

    def free_at(self, slack: float) -> float:
        """When one more may leave, if up to `slack` seconds may be made good at once."""
        return max(self._next - slack, self._held_until)

    def leave(self, now: float, interval: float) -> None:
        self._next = max(self._next, now) + interval

    def hold(self, until: float) -> None:
        self._held_until = max(self._held_until, until)


@dataclass(slots=True)
class _Waiting:
    chat_id: int
    reply: bool
    go: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Governor:
    """rate: messages a second. remember: called with the seconds that Telegram asks to wait for.

    seconds, later: a monotonic clock and its alarm, by default the machine's and the event loop's.
    """

    def __init__(
        self,
        rate: int,
        *,
        remember: Callable[[float], object] = lambda seconds: None,
        seconds: Callable[[], float] = time.monotonic,
        later: Later | None = None,
    ) -> None:
        self.configured: float = rate
        self._rate = float(rate)
        self._remember = remember
        self._seconds = seconds
        self._later = later
        self._pace = Pace()
        self._chats: dict[int, Pace] = {}
        self._left: deque[float] = deque()
        self._replied: deque[float] = deque()
        self._held_until = 0.0
        self._full_until = 0.0
        self._changed_at = 0.0
        self._sent_at = float("-inf")
        self._replies: deque[_Waiting] = deque()
        self._messages: deque[_Waiting] = deque()
        self._wake: asyncio.TimerHandle | None = None
        self.waiting = 0

    async def reply(self, chat_id: int) -> None:
        """Returns when a reply may leave: before any broadcast."""
        await self._turn(_Waiting(chat_id, True), self._replies)

    async def message(self, chat_id: int) -> None:
        """Returns when a message that nobody asked for may leave."""
        await self._turn(_Waiting(chat_id, False), self._messages)

    def room(self, ahead_s: float) -> int:
        """How many more broadcasts are worth fetching now, if they are to leave within so many seconds."""
        if self._held_until > self._seconds():
            return 0
        return max(0, ceil(self.rate * ahead_s) - self.waiting)

    def allow(self, rate: float) -> None:
        """The most that may leave from now on: others send as the same bot."""
        full = self._rate >= self.configured
        self.configured = max(rate, SLOWEST)
        self._rate = self.configured if full else min(self._rate, self.configured)

    def replied(self) -> int:
        """How many replies left lately, in a second."""
        return sum(at > self._seconds() - WINDOW_S for at in self._replied)

    def sending(self) -> bool:
        """Whether something that nobody asked for waits here, or left lately."""
        return self.waiting > 0 or self._sent_at > self._seconds() - SENDING_S

    @property
    def rate(self) -> float:
        """Messages a second at present."""
        return self._rate

    def flooded(self, wait_s: float, chat_id: int) -> None:
        """Telegram answered 429. Where the chat itself got several within a second, that chat alone waits."""
        now = self._seconds()
        chat = self._chats.get(chat_id)
        if chat is not None and chat.free_at(0) > now + CHAT_S:
            chat.hold(now + wait_s)
            return
        if now >= self._changed_at + 1 or self._rate >= self.configured:  # the other answers to one flood are no news
            self._rate = max(1.0, self._rate * DECREASE)
            self._changed_at = now
        self.hold(wait_s)
        self._remember(wait_s)

    def hold(self, wait_s: float) -> None:
        """Nothing leaves for so many seconds."""
        self._held_until = max(self._held_until, self._seconds() + wait_s)

    async def _turn(self, mine: _Waiting, line: deque[_Waiting]) -> None:
        line.append(mine)
        self.waiting += not mine.reply
        if mine.reply or self._seconds() >= self._full_until:  # else whoever may leave next is waited for already
            self._pump()
        try:
            await mine.go
        finally:
            self.waiting -= not mine.reply

    def _pump(self) -> None:
        """Let go whoever may leave now, and wake again when the next one may."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        now = self._seconds()
        self._recover(now)
        soonest = float("inf")
        for line in (self._replies, self._messages):
            soonest = min(soonest, self._serve(line, now))
        if soonest < float("inf"):
            later = self._later or asyncio.get_running_loop().call_later
            self._wake = later(max(soonest - now, 0.001), self._pump)

    def _serve(self, line: deque[_Waiting], now: float) -> float:
        """Serve a line as far as it goes; when to look again. Whose chat must rest lets others pass."""
        soonest = float("inf")
        for _ in range(len(line)):
            first = line[0]
            if first.go.done():  # cancelled
                line.popleft()
                continue
            free = self._free_at(first.reply, now)
            if free > now:
                if not first.reply:
                    self._full_until = free
                return min(soonest, free)
            line.popleft()
            rested = self._chat(first.chat_id).free_at(CHAT_S * (REPLIES_AT_ONCE - 1) if first.reply else 0)
            if rested > now:
                soonest = min(soonest, rested)
                line.append(first)
                continue
            self._leave(first, now)
        return soonest

    def _leave(self, who: _Waiting, now: float) -> None:
        self._pace.leave(now, WINDOW_S / self._rate)
        self._chat(who.chat_id).leave(now, CHAT_S)
        self._left.append(now)
        if who.reply:
            self._replied.append(now)
        else:
            self._sent_at = now
        who.go.set_result(None)

    def _free_at(self, reply: bool, now: float) -> float:
        """When one more may leave, whoever it goes to."""
        while self._left and self._left[0] <= now - WINDOW_S:
            self._left.popleft()
        while self._replied and self._replied[0] <= now - WINDOW_S:
            self._replied.popleft()
        most = max(1, int(self._rate))
        if not reply:
            most = max(1, most - min(most // REPLIES_SHARE, len(self._replied)))
        window = self._left[-most] + WINDOW_S if len(self._left) >= most else 0.0
        pace = 0.0 if reply else self._pace.free_at(CATCH_UP_S)
        return max(window, pace, self._held_until)

    def _chat(self, chat_id: int) -> Pace:
        if len(self._chats) > 4 * self.configured + 100:
            now = self._seconds()
            self._chats = {key: each for key, each in self._chats.items() if each.free_at(0) > now}
        return self._chats.setdefault(chat_id, Pace())

    def _recover(self, now: float) -> None:
        """Additive increase: each whole second since the rate last changed brings a part back."""
        while self._rate < self.configured and now >= max(self._changed_at, self._held_until) + 1:
            self._changed_at = max(self._changed_at, self._held_until) + 1
            self._rate = min(self.configured, self._rate + max(1.0, INCREASE * self.configured))
