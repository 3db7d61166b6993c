"""Staff look a member up, and it is noted that they did."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from core.db.audit_log import note
from core.insight.members import MemberRef, member_of
from core.services.chats.join_chat import ChatId
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.services.staff.joining import at_work
from core.shop import Shop


class Look(Wish):
    chat_id: ChatId
    member_id: Annotated[int, Field(strict=True, ge=1)]


class Looked(Result):
    """member_id: whom to show; somebody merged stands for whom was kept."""

    member_id: int


def look_up(shop: Shop, caller: Caller, wish: Look) -> Looked:
    """Refused: not-staff, unknown-member."""

    def work(session: Session) -> Looked:
        who = at_work(session, wish.chat_id, "till")
        member = member_of(session, MemberRef(id=wish.member_id))
        note(session, shop.now(), who.actor, "look_up", f"member:{member.id}", {})
        return Looked(member_id=member.id)

    return once(shop, caller, wish, Looked, work)
