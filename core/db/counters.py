"""Limits shared by everybody: one row a limited thing, taken from by one conditional statement."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlmodel import Session

from core.db.coupons import counters
from core.db.inserting import insert_into


def take(session: Session, name: str, limit: int) -> bool:
    """One more of `name`, unless `limit` (at least 1) are gone. The row stays locked until the commit.

    Accounts are locked before counters, and several counters in the order of their names.
    """
    first = insert_into(session, counters).values(name=name, used=1)
    taken = first.on_conflict_do_update(
        index_elements=["name"], set_={"used": counters.c.used + 1}, where=counters.c.used < limit
    ).returning(counters.c.used)
    return session.execute(taken).one_or_none() is not None


def take_some(session: Session, name: str, wanted: int, limit: int) -> int:
    """As many of `name` as are left of `wanted`; how many that are."""
    session.execute(insert_into(session, counters).values(name=name, used=0).on_conflict_do_nothing())
    held = session.execute(select(counters.c.used).where(counters.c.name == name).with_for_update()).scalar_one()
    taken = max(0, min(wanted, limit - int(held)))
    session.execute(update(counters).where(counters.c.name == name).values(used=counters.c.used + taken))
    return taken


def give_back(session: Session, names: Iterable[str]) -> None:
    """One of each is free again. They are locked in the order of their names, so that nobody waits in a ring."""
    for name in sorted(names):
        back = update(counters).where(counters.c.name == name, counters.c.used > 0).values(used=counters.c.used - 1)
        session.execute(back)


def used(session: Session) -> dict[str, int]:
    """How many are gone, by name."""
    return {row.name: row.used for row in session.execute(counters.select())}
