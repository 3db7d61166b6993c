"""A draft against the shop's whole history: what happened happens again, in the order in which it was recorded, on
records in memory, through the services that wrote the books (docs/decisions/0009)."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from core.db.members import members
from core.db.merges import member_merges
from core.program.schema import Program
from core.services.replaying.events import Stage
from core.services.replaying.held import HeldRecords
from core.services.replaying.history import forgotten_inviters, history_of
from core.services.replaying.outcome import Outcome
from core.services.replaying.standing import outcome_of, stored_records
from core.services.replaying.versions import Versions, published_versions
from core.shop import Shop

Pair = tuple[Outcome, Outcome]
TOGETHER = 200
"""So many members are read at a time: memory stays flat, and statements are few."""


def outcomes(shop: Shop, draft: Program, since: datetime | None = None) -> Iterator[Pair]:
    """How every member stands now, and how they would stand under the draft. Everything is read in one snapshot;
    nothing is written. Refused: no-program."""
    with shop.read() as session:
        inviters = forgotten_inviters(session)
        yield from _played(shop, session, draft, since, inviters, _batches(circles(session, inviters)), False)


def explained(shop: Shop, draft: Program, since: datetime | None, member_ids: Collection[int]) -> Mapping[int, Pair]:
    """The same for these members, with their entries."""
    with shop.read() as session:
        inviters = forgotten_inviters(session)
        wanted = (circle for circle in circles(session, inviters) if not set(member_ids).isdisjoint(circle))
        pairs = _played(shop, session, draft, since, inviters, _batches(wanted), True)
        return {before.member_id: (before, after) for before, after in pairs if before.member_id in member_ids}


def circles(session: Session, inviters: Mapping[int, int]) -> Iterator[list[int]]:
    """Members whose books bear on each other's: who invited whom, who was found to be whom. Each is in one circle, most
    are alone in theirs."""
    roots: dict[int, int] = {}
    invited = select(members.c.id, members.c.referrer_id).where(members.c.referrer_id.is_not(None))
    merged = select(member_merges.c.other_id, member_merges.c.keep_id)
    for one, other in [*session.execute(invited).all(), *session.execute(merged).all(), *inviters.items()]:
        _join(roots, one, other)
    together: dict[int, list[int]] = {}
    for each in sorted(roots):
        together.setdefault(_root(roots, each), []).append(each)
    yield from together.values()
    last = 0
    while page := _page(session, last):
        yield from ([each] for each in page if each not in roots)
        last = page[-1]


def _join(roots: dict[int, int], one: int, other: int) -> None:
    roots[_root(roots, one)] = _root(roots, other)


def _root(roots: dict[int, int], member_id: int) -> int:
    """The one that stands for a member's circle; the way there is shortened as it is walked."""
    while roots.setdefault(member_id, member_id) != member_id:
        roots[member_id] = roots[roots[member_id]]
        member_id = roots[member_id]
    return member_id


def _page(session: Session, after: int) -> Sequence[int]:
    query = select(members.c.id).where(members.c.id > after).order_by(members.c.id).limit(10_000)
    return session.execute(query).scalars().all()


def _batches(wanted: Iterator[list[int]]) -> Iterator[list[list[int]]]:
    """Circles, until they have members enough."""
    batch: list[list[int]] = []
    for circle in wanted:
        batch.append(circle)
        if sum(map(len, batch)) >= TOGETHER:
            yield batch
            batch = []
    if batch:
        yield batch


def _played(
    shop: Shop,
    session: Session,
    draft: Program,
    since: datetime | None,
    inviters: Mapping[int, int],
    batches: Iterator[list[list[int]]],
    explained: bool,
) -> Iterator[Pair]:
    now, published, merged = shop.now(), published_versions(shop, session), _merged(session)
    drafted = Versions(published, draft, since)
    real = Versions(published, published[-1].program, published[-1].effective_at)
    for batch in batches:
        again = {each for circle in batch if merged.isdisjoint(circle) for each in circle}
        with _uncollected():
            before = Stage(stored_records(session, real, [each for circle in batch for each in circle], explained), now)
            history = history_of(session, drafted, again, inviters)
            after = Stage(HeldRecords(drafted, history.accounts, history.purchase_ids), now)
            after.play(history.events)
        for member_id, account in before.records.accounts.items():
            if account.forgotten_at is None and account.merged_into is None:
                stood = _standing(before, member_id, now, since, explained)
                if member_id in again:
                    yield stood, _standing(after, member_id, now, since, explained)
                else:
                    stood = replace(stood, replayed=False)
                    yield stood, stood


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


def _standing(stage: Stage, member_id: int, now: datetime, since: datetime | None, explained: bool) -> Outcome:
    stage.settle(member_id, now)
    return outcome_of(stage, member_id, since, explained)


def _merged(session: Session) -> set[int]:
    """Members of whom one was found to be another: their books were joined by a person, and stay as they are."""
    rows = session.execute(select(member_merges.c.keep_id, member_merges.c.other_id)).all()
    return {each for row in rows for each in row}
