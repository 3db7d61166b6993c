"""Staff in chat: who they are, and what waits for a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Select, select
from sqlmodel import Session

from core.db.members import members
from core.db.staff import staff_gifts, staff_members
from core.rules.staff import Role


class StaffView(BaseModel):
    """chat_id: None until the link was used. revoked_at: when it ended; None while it holds."""

    id: int
    name: str
    role: Role
    chat_id: int | None
    created_at: datetime
    revoked_at: datetime | None

    @property
    def actor(self) -> str:
        """staff:ann, as the books keep it."""
        return f"{self.role}:{self.name}"


class GiftView(BaseModel):
    """points or coupon (a template's id); by: who gives it; decided_by: the second person, if there was one."""

    id: int
    member_id: int
    member: str
    points: int | None
    coupon: str | None
    reason: str
    state: str
    at: datetime
    lapses_at: datetime
    by: str
    by_id: int
    decided_by: str | None


def staff_in_chat(session: Session, chat_id: int) -> StaffView | None:
    """Who works from that chat; None: nobody, or no more."""
    return _one(session, staff_members.c.chat_id == chat_id, staff_members.c.revoked_at.is_(None))


def staff_named(session: Session, name: str) -> StaffView | None:
    return _one(session, staff_members.c.name == name)


def staff(session: Session, after: int | None, limit: int) -> list[StaffView]:
    """Up to `limit` in the order they came, from behind the id `after`; those who left, too."""
    found = _staff().where(staff_members.c.id > (after or 0)).order_by(staff_members.c.id).limit(limit)
    return [StaffView.model_validate(row._mapping) for row in session.execute(found)]


def admins_but(session: Session, staff_id: int) -> list[StaffView]:
    """Who may let something through that this one asks for: admins in a chat, but never oneself."""
    reachable = (
        staff_members.c.role == "admin",
        staff_members.c.chat_id.is_not(None),
        staff_members.c.revoked_at.is_(None),
        staff_members.c.id != staff_id,
    )
    found = _staff().where(*reachable).order_by(staff_members.c.id)
    return [StaffView.model_validate(row._mapping) for row in session.execute(found)]


def gift(session: Session, gift_id: int) -> GiftView | None:
    row = session.execute(_gifts().where(staff_gifts.c.id == gift_id)).one_or_none()
    return GiftView.model_validate(row._mapping) if row else None


def gifts_awaiting(session: Session, now: datetime, but: int, limit: int = 20) -> list[GiftView]:
    """What others than `but` wait for a second person with, the oldest first."""
    waiting = (staff_gifts.c.state == "awaiting", staff_gifts.c.lapses_at > now, staff_gifts.c.staff_id != but)
    found = _gifts().where(*waiting).order_by(staff_gifts.c.id).limit(limit)
    return [GiftView.model_validate(row._mapping) for row in session.execute(found)]


def _one(session: Session, *which: Any) -> StaffView | None:
    row = session.execute(_staff().where(*which)).one_or_none()
    return StaffView.model_validate(row._mapping) if row else None


def _staff() -> Select[Any]:
    return select(*(staff_members.c[name] for name in StaffView.model_fields))


def _gifts() -> Select[Any]:
    giver, decider = staff_members.alias("giver"), staff_members.alias("decider")
    own = [staff_gifts.c[name] for name in GiftView.model_fields if name in staff_gifts.c and name != "decided_by"]
    of = (
        staff_gifts.join(giver, giver.c.id == staff_gifts.c.staff_id)
        .join(members, members.c.id == staff_gifts.c.member_id)
        .outerjoin(decider, decider.c.id == staff_gifts.c.decided_by)
    )
    more = (
        members.c.name.label("member"),
        giver.c.name.label("by"),
        giver.c.id.label("by_id"),
        decider.c.name.label("decided_by"),
    )
    return select(*own, *more).select_from(of)
