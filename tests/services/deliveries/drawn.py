"""Sending as it may go wrong, drawn: lost commits, kills, stalls and lies, against a Telegram that is a list.

`python -m tests.services.deliveries.drawn FIRST LAST` draws the worlds of these seeds.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.shops import NOW, PROGRAM
from core.db.database import Database
from core.db.migrating import upgrade
from core.rules.messaging import Caps
from core.services.deliveries.deliver import Policy, begin, turn
from core.services.deliveries.leaving import Outcome, Outgoing
from core.services.deliveries.pause_source import cancel_source, pause_source, resume_source
from core.services.deliveries.senders import Lead
from core.services.deliveries.tapped import tapped
from core.services.members.forget_member import Forget, forget_member
from core.services.once import Caller
from core.services.programs.publish_program import ensure_program
from core.shop import Shop
from tests.bot.delivery.post import message, plan, rows
from tests.conftest import FrozenClock
from tests.services.campaigning import seat

POLICY = Policy(Caps(9, 9))
MEMBERS, STEPS = 5, 150
LEASE = timedelta(seconds=6)
SOURCES = ("campaign:1", "campaign:2")
ANSWERS = ("sent", "sent", "sent", "again", "lost before", "lost after")


@dataclass
class Process:
    """A sender, as bot/delivery/sender.py keeps it. hand: marked; wire: asked of Telegram, unanswered."""

    lead: Lead
    good_until: datetime | None = None
    failed: bool = False
    hand: list[Outgoing] = field(default_factory=list)
    wire: list[Outgoing] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


class World:
    def __init__(self, shop: Shop, clock: FrozenClock, seed: int) -> None:
        self._shop, self._clock, self._random = shop, clock, Random(seed)
        self._arrived: dict[int, list[int]] = defaultdict(list)
        self._names = 0
        self._processes = [self._process(), self._process()]
        ids = [seat(shop, f"Member {number}", number) for number in range(1, MEMBERS + 1)]
        until = shop.now() + timedelta(minutes=2)
        for source in SOURCES:
            kinds = self._random.choices(["promo", "transactional"], k=MEMBERS)
            each = zip(ids, kinds, strict=True)
            plan(shop, *(message(shop, member, source=source, kind=kind, expires_at=until) for member, kind in each))

    def run(self) -> Counter[str]:
        """How many ended how. AssertionError: one was lost, came twice, or is told wrong."""
        deeds = {
            self._begin: 3, self._turn: 5, self._lose_a_commit: 2, self._ask: 8, self._answer: 8, self._wait: 2,
            self._kill: 1, self._pause: 1, self._resume: 1, self._cancel: 0.1, self._forget: 0.2, self._tap: 1,
        }  # fmt: skip
        for _ in range(STEPS):
            (deed,) = self._random.choices(list(deeds), list(deeds.values()))
            deed(self._random.choice(self._processes))
        self._calm()
        for row in rows(self._shop):
            self._check(row)
        return Counter(row.state for row in rows(self._shop))

    def _process(self) -> Process:
        self._names += 1
        return Process(Lead(42, f"42:{self._names}"))

    def _begin(self, process: Process) -> None:
        now = self._clock.now()
        if process.good_until is None and begin(self._shop, process.lead, POLICY, now, now + LEASE):
            process.good_until = now + LEASE

    def _turn(self, process: Process, *, heard: bool = True) -> None:
        """heard: the sender learns that it was committed."""
        if process.good_until is None and not process.outcomes:
            return
        told, until = process.outcomes[:], self._clock.now() + LEASE
        known = [*process.hand, *process.wire, *(each.of for each in told)] if process.failed else None
        room = self._random.randint(0, 4) if process.good_until is not None else 0
        done = turn(self._shop, process.lead, told, room, POLICY, until, known)
        process.failed = not heard
        if heard:
            del process.outcomes[: len(told)]
            process.good_until = until if done.leads else None
            process.hand += [each for each in done.outgoing if isinstance(each, Outgoing)]

    def _lose_a_commit(self, process: Process) -> None:
        self._turn(process, heard=False)

    def _ask(self, process: Process) -> None:
        """It looks whether its lease is good; it may stand still right behind that."""
        if process.hand:
            mine = process.hand.pop(self._random.randrange(len(process.hand)))
            if process.good_until is not None and self._clock.now() < process.good_until:
                process.wire.append(mine)
            else:
                process.outcomes.append(Outcome(mine, "again"))

    def _answer(self, process: Process, answers: tuple[str, ...] = ANSWERS) -> None:
        if process.wire:
            mine = process.wire.pop(self._random.randrange(len(process.wire)))
            process.outcomes.append(self._telegram(mine, self._random.choice(answers)))

    def _telegram(self, mine: Outgoing, answer: str) -> Outcome:
        if answer == "again":
            return Outcome(mine, "again", error="Too Many Requests", wait_s=self._random.choice([0, 2]))
        if answer != "lost before":
            number = 1 + sum(map(len, self._arrived.values()))
            self._arrived[mine.id].append(number)
            if answer == "sent":
                return Outcome(mine, "sent", message_id=number)
        return Outcome(mine, "in_doubt", error="no answer in time")

    def _wait(self, _process: Process) -> None:
        self._clock.move(seconds=self._random.choice([1, 2, 8]))

    def _kill(self, process: Process) -> None:
        """What it asked for may arrive all the same."""
        for mine in process.wire:
            self._telegram(mine, self._random.choice(["lost before", "lost after"]))
        self._processes[self._processes.index(process)] = self._process()

    def _pause(self, _process: Process) -> None:
        pause_source(self._shop, self._random.choice(SOURCES))

    def _resume(self, _process: Process) -> None:
        resume_source(self._shop, self._random.choice(SOURCES))

    def _cancel(self, _process: Process) -> None:
        cancel_source(self._shop, self._random.choice(SOURCES))

    def _forget(self, _process: Process) -> None:
        row = self._random.choice(rows(self._shop))
        forget_member(self._shop, Caller("staff:bo", f"forget-{row.member_id}"), Forget(member_id=row.member_id))

    def _tap(self, _process: Process) -> None:
        there = [(row, each) for row in rows(self._shop) for each in self._arrived[row.id]]
        if there:
            row, number = self._random.choice(there)
            assert tapped(self._shop, row.id, row.member_id, number) or row.left_at is None

    def _calm(self) -> None:
        for source in SOURCES:
            resume_source(self._shop, source)
        for _ in range(15):
            self._clock.move(seconds=4)
            for process in self._processes:
                self._begin(process)
                self._turn(process)
                while process.hand:
                    self._ask(process)
                while process.wire:
                    self._answer(process, ("sent",))
                self._turn(process)

    def _check(self, row: Any) -> None:
        got = self._arrived[row.id]
        told = (row.id, row.kind, row.state, row.reason, row.doubts, row.error, row.message_id, got)
        assert row.state in ("sent", "in_doubt", "suppressed", "expired"), told
        assert row.ended_at is not None, told
        assert len(got) <= 1 + (row.kind == "transactional" and row.doubts > 0), told
        if row.state == "sent":
            assert row.message_id in got, told
        elif row.state != "in_doubt":
            assert not got, told


def main(first: int, last: int) -> None:
    for seed in range(first, last + 1):
        with TemporaryDirectory(prefix="regulars-drawn-") as folder:
            clock = FrozenClock(NOW)
            shop = Shop(Database(f"sqlite:///{folder}/drawn.db"), clock)
            upgrade(shop.database)
            ensure_program(shop, PROGRAM)
            print(f"seed {seed}:", dict(World(shop, clock, seed).run()), flush=True)
            shop.database.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
