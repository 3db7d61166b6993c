"""Reading and writing the orders of rewards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlmodel import Session

from core.db.ledger import entries
from core.db.members import one_person
from core.db.prepared import Prepared
from core.db.rewards import reward_orders

_OF_MEMBER: Any = bindparam("of_member")
_TAKEN_SINCE = Prepared(
    select(reward_orders.c.at)
    .join(entries, entries.c.id == reward_orders.c.entry_id)
    .where(one_person(reward_orders.c.member_id, _OF_MEMBER), reward_orders.c.at >= bindparam("since"))
    .where(entries.c.rule.like("reward:%"))
)


def order_by_code(session: Session, code: str) -> Row[Any] | None:
    return session.execute(select(reward_orders).where(reward_orders.c.code == code)).one_or_none()


def version_of_order(session: Session, order_id: int) -> int:
    """The program version under which it was paid."""
    paid = reward_orders.join(entries, entries.c.id == reward_orders.c.entry_id)
    query = select(entries.c.program_version).select_from(paid).where(reward_orders.c.id == order_id)
    return int(session.execute(query).scalar_one())


def taken(session: Session, member_id: int, reward: str) -> int:
    """How many of the reward the member ordered, cancelled ones not counted."""
    mine = (
        one_person(reward_orders.c.member_id, member_id),
        reward_orders.c.reward == reward,
        reward_orders.c.status != "cancelled",
    )
    return session.execute(select(func.count()).select_from(reward_orders).where(*mine)).scalar_one() or 0


def taken_since(session: Session, member_id: int, since: datetime) -> list[datetime]:
    """When the person took rewards, cancelled ones too, from `since` on; not what was won."""
    return [row.at for row in _TAKEN_SINCE.all(session, {"of_member": member_id, "since": since})]


def open_orders(session: Session, member_id: int) -> list[Row[Any]]:
    mine = select(reward_orders).where(reward_orders.c.member_id == member_id, reward_orders.c.status == "open")
    return list(session.execute(mine.order_by(reward_orders.c.id)).all())


def add_order(session: Session, values: dict[str, Any], at: datetime) -> Row[Any]:
    return session.execute(insert(reward_orders).values(**values, at=at).returning(reward_orders)).one()


def set_status(session: Session, order_id: int, status: str) -> None:
    session.execute(update(reward_orders).where(reward_orders.c.id == order_id).values(status=status))
