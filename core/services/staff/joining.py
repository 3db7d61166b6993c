"""Staff in chat: invited by a link that works once, and let go again."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints
from sqlalchemy import insert, null, select, update
from sqlmodel import Session

from core.db.audit_log import note
from core.db.staff import staff_members, staff_notices
from core.insight.staff import StaffView, staff_in_chat
from core.rules.refusal import Refused
from core.rules.staff import LINK_LASTS, Role, may
from core.services.chats.join_chat import ChatId
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

STAFF_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$"
LINK = "staff-"
"""How a link's payload begins, so that it is no member's card."""


class StaffInvite(Wish):
    """name: whoever it is is noted by it, here and with a key; role: till, staff or admin."""

    name: Annotated[str, StringConstraints(pattern=STAFF_NAME)]
    role: Role


class StaffLink(BaseModel):
    """join_payload: `/start PAYLOAD` in a chat with the bot makes that chat this person's, once, before `until`."""

    name: str
    role: Role
    join_payload: str
    until: datetime


class StaffJoin(Wish):
    chat_id: ChatId
    payload: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class StaffJoined(Result):
    name: str
    role: Role


def invite_staff(shop: Shop, actor: str, wish: StaffInvite) -> StaffLink:
    """A new link for a new person, or for a known one whose role it changes; their links before work no more.

    Only its SHA-256 is kept, so this is the one time it can be read. Refused: staff-name-invalid.
    """
    if not re.match(STAFF_NAME, wish.name):
        raise Refused("staff-name-invalid", name=wish.name)
    now, payload = shop.now(), f"{LINK}{shop.chance.token()}"
    values = {"role": wish.role, "link_digest": _digest(payload), "link_until": now + LINK_LASTS, "revoked_at": None}
    with shop.write() as session:
        known = update(staff_members).where(staff_members.c.name == wish.name).values(values)
        if session.execute(known.returning(staff_members.c.id)).one_or_none() is None:
            session.execute(insert(staff_members).values(name=wish.name, created_at=now, **values))
        note(session, now, actor, "invite_staff", f"staff:{wish.name}", {"role": wish.role})
    return StaffLink(name=wish.name, role=wish.role, join_payload=payload, until=now + LINK_LASTS)


def link_staff(shop: Shop, caller: Caller, wish: StaffJoin) -> StaffJoined:
    """The chat is this person's from now on, instead of one before.

    Refused: staff-link-unknown, chat-of-other-staff.
    """

    def work(session: Session) -> StaffJoined:
        row = _invited(session, wish.payload, shop.now())
        holder = staff_in_chat(session, wish.chat_id)
        if holder is not None and holder.name != row.name:
            raise Refused("chat-of-other-staff", name=holder.name)
        _leave(session, staff_members.c.chat_id == wish.chat_id)
        values = {"chat_id": wish.chat_id, "link_digest": null(), "link_until": null()}
        session.execute(update(staff_members).where(staff_members.c.id == row.id).values(values))
        if row.chat_id != wish.chat_id:  # what follows something there is another chat's message
            mine = update(staff_notices).where(staff_notices.c.staff_id == row.id)
            session.execute(mine.values(message_id=null()))
        actor = f"{row.role}:{row.name}"
        note(session, shop.now(), actor, "link_staff", f"staff:{row.name}", {"chat_id": wish.chat_id})
        return StaffJoined(name=row.name, role=row.role)

    return once(shop, caller, wish, StaffJoined, work)


def revoke_staff(shop: Shop, actor: str, name: str) -> bool:
    """From now on that person's chat is nobody's of the staff. False: nobody of that name works here."""
    now = shop.now()
    with shop.write() as session:
        here = (staff_members.c.name == name, staff_members.c.revoked_at.is_(None))
        values = {"revoked_at": now, "chat_id": null(), "link_digest": null(), "link_until": null()}
        ended = update(staff_members).where(*here).values(values).returning(staff_members.c.id)
        if session.execute(ended).one_or_none() is None:
            return False
        note(session, now, actor, "revoke_staff", f"staff:{name}", {})
        return True


def at_work(session: Session, chat_id: int, needed: Role) -> StaffView:
    """Who works from that chat, with nobody else about to do anything in their name.

    Refused: not-staff, staff-role.
    """
    session.execute(select(staff_members.c.id).where(staff_members.c.chat_id == chat_id).with_for_update())
    found = staff_in_chat(session, chat_id)
    if found is None:
        raise Refused("not-staff")
    if not may(found.role, needed):
        raise Refused("staff-role", role=found.role, needed=needed)
    return found


def _invited(session: Session, payload: str, now: datetime) -> Any:
    invited = (
        staff_members.c.link_digest == _digest(payload),
        staff_members.c.link_until > now,
        staff_members.c.revoked_at.is_(None),
    )
    row = session.execute(select(staff_members).where(*invited).with_for_update()).one_or_none()
    if row is None:
        raise Refused("staff-link-unknown")
    return row


def _leave(session: Session, which: Any) -> None:
    session.execute(update(staff_members).where(which).values(chat_id=null()))


def _digest(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()
