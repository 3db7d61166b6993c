"""A draft against the shop's whole history: what happened happens again, in the order in which it was recorded, on
records in memory, through the services that wrote the books (docs/decisions/0009)."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from core.db.members import members
from core.program.schema import Program
from core.services.replaying.circles import Circle, batches, circles, merged_members
from core.services.replaying.events import Stage
from core.services.replaying.held import HeldRecords
from core.services.replaying.history import forgotten_inviters, history_of
from core.services.replaying.outcome import Outcome
from core.services.replaying.processes import processors, shared
from core.services.replaying.standing import outcome_of, stored_records
from core.services.replaying.versions import Versions, published_versions
from core.shop import Shop

Pair = tuple[Outcome, Outcome]
SHARED_FROM = 5000
"""So many members are worth a process on each processor, which takes seconds to begin."""


def outcomes(shop: Shop, draft: Program, since: datetime | None = None) -> Iterator[Pair]:
    """How every member stands now, and how they would stand under the draft. A circle is read in one snapshot; nothing
    is written. Refused: no-program."""
    with shop.read() as session:
        replay = _replay(shop, session, draft, since, explained=False)
        wanted = batches(circles(session, replay.inviters))
        count = session.execute(select(func.count()).select_from(members)).scalar_one()
        if count >= SHARED_FROM and processors() > 1:
            for pairs in shared(shop.database, replay.pairs, wanted):
                yield from pairs
        else:
            for batch in wanted:
                yield from replay.pairs(session, batch)


def explained(shop: Shop, draft: Program, since: datetime | None, member_ids: Collection[int]) -> Mapping[int, Pair]:
    """The same for these members, with their entries."""
    with shop.read() as session:
        replay = _replay(shop, session, draft, since, explained=True)
        around = (each for each in circles(session, replay.inviters) if not set(member_ids).isdisjoint(each))
        pairs = (pair for batch in batches(around) for pair in replay.pairs(session, batch))
        return {before.member_id: (before, after) for before, after in pairs if before.member_id in member_ids}


@dataclass(frozen=True, slots=True)
class Replay:
    """What is the same for all members. real, drafted: the programs of the two sides. inviters: of those who were
    forgotten. merged: whose books a person joined. explained: whether entries are told."""

    now: datetime
    since: datetime | None
    real: Versions
    drafted: Versions
    inviters: Mapping[int, int]
    merged: frozenset[int]
    explained: bool

    def pairs(self, session: Session, batch: Sequence[Circle]) -> list[Pair]:
        """Of the members of some circles."""
        everybody = [each for circle in batch for each in circle]
        again = {each for circle in batch if self.merged.isdisjoint(circle) for each in circle}
        with _uncollected():
            before = Stage(stored_records(session, self.real, everybody, self.explained), self.now)
            history = history_of(session, self.drafted, again, self.inviters)
            after = Stage(HeldRecords(self.drafted, history.accounts, history.purchase_ids), self.now)
            after.play(history.events)
            return [
                self._pair(before, after if member_id in again else None, member_id)
                for member_id, account in before.records.accounts.items()
                if account.forgotten_at is None and account.merged_into is None
            ]

    def _pair(self, before: Stage, after: Stage | None, member_id: int) -> Pair:
        stood = self._standing(before, member_id)
        if after is not None:
            return stood, self._standing(after, member_id)
        stood = replace(stood, replayed=False)
        return stood, stood

    def _standing(self, stage: Stage, member_id: int) -> Outcome:
        stage.settle(member_id, self.now)
        return outcome_of(stage, member_id, self.since, self.explained)


def _replay(shop: Shop, session: Session, draft: Program, since: datetime | None, *, explained: bool) -> Replay:
    published = published_versions(shop, session)
    drafted = Versions(published, draft, since)
    real = Versions(published, published[-1].program, published[-1].effective_at)
    inviters, merged = forgotten_inviters(session), frozenset(merged_members(session))
    return Replay(shop.now(), since, real, drafted, inviters, merged, explained)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Records are given up as soon as nobody names them; to look for rings among them takes a fifth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
