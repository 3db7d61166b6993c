"""A draft against the shop's whole history: what happened happens again, in the order in which it was recorded, on
records in memory, through the services that wrote the books (docs/decisions/0009)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from core.db.members import members
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
    """Members whose books bear on each other's: who invited whom. Each is in one circle, most are alone in theirs."""
    linked = select(members.c.id, members.c.referrer_id).where(members.c.referrer_id.is_not(None))
    links = {**{row.id: row.referrer_id for row in session.execute(linked)}, **inviters}
    roots = {each: _root(links, each) for each in {*links, *links.values()}}
    together: dict[int, list[int]] = {}
    for each in sorted(roots):
        together.setdefault(roots[each], []).append(each)
    yield from together.values()
    last = 0
    while page := _page(session, last):
        yield from ([each] for each in page if each not in roots)
        last = page[-1]


def _root(links: Mapping[int, int], member_id: int) -> int:
    """Invitations form trees: whoever was invited by nobody stands at the top."""
    while member_id in links:
        member_id = links[member_id]
    return member_id


def _page(session: Session, after: int) -> Sequence[int]:
    query = select(members.c.id).where(members.c.id > after).order_by(members.c.id).limit(10_000)
    return session.execute(query).scalars().all()


def _batches(wanted: Iterator[list[int]]) -> Iterator[list[int]]:
    """Whole circles, until they are enough."""
    batch: list[int] = []
    for circle in wanted:
        batch += circle
        if len(batch) >= TOGETHER:
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
    batches: Iterator[list[int]],
    explained: bool,
) -> Iterator[Pair]:
    now, published = shop.now(), published_versions(shop, session)
    drafted = Versions(published, draft, since)
    real = Versions(published, published[-1].program, published[-1].effective_at)
    for batch in batches:
        before = Stage(stored_records(session, real, batch, explained), now)
        history = history_of(session, drafted, batch, inviters)
        after = Stage(HeldRecords(drafted, history.accounts, history.purchase_ids), now)
        after.play(history.events)
        for member_id, account in before.records.accounts.items():
            if account.forgotten_at is None:
                for stage in (before, after):
                    stage.settle(member_id, now)
                yield (
                    outcome_of(before, member_id, since, explained),
                    outcome_of(after, member_id, since, explained),
                )
