"""Whose books bear on whose, and how many are read at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlmodel import Session

from core.db.members import members
from core.db.merges import member_merges

Circle = list[int]
TOGETHER = 200
"""So many members are read at a time: memory stays flat, and statements are few."""


def circles(session: Session, inviters: Mapping[int, int]) -> Iterator[Circle]:
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


def batches(wanted: Iterator[Circle]) -> Iterator[list[Circle]]:
    """Circles, until they have members enough."""
    batch: list[Circle] = []
    for circle in wanted:
        batch.append(circle)
        if sum(map(len, batch)) >= TOGETHER:
            yield batch
            batch = []
    if batch:
        yield batch


def merged_members(session: Session) -> set[int]:
    """Members of whom one was found to be another: their books were joined by a person, and stay as they are."""
    rows = session.execute(select(member_merges.c.keep_id, member_merges.c.other_id)).all()
    return {each for row in rows for each in row}
