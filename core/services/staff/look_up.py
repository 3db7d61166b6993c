"""Staff look members up, and it is noted that they did."""

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


class FoundMembers(Wish):
    """Whom a list offers to choose from."""

    chat_id: ChatId
    member_ids: Annotated[list[Annotated[int, Field(strict=True, ge=1)]], Field(min_length=1, max_length=100)]


class FoundNoted(Result):
    noted: int


def look_up(shop: Shop, caller: Caller, wish: Look) -> Looked:
    """Refused: not-staff, unknown-member."""

    def work(session: Session) -> Looked:
        who = at_work(session, wish.chat_id, "till")
        member = member_of(session, MemberRef(id=wish.member_id))
        note(session, shop.now(), who.actor, "look_up", f"member:{member.id}", {})
        return Looked(member_id=member.id)

    return once(shop, caller, wish, Looked, work)


def note_found(shop: Shop, caller: Caller, wish: FoundMembers) -> FoundNoted:
    """Their names and cards were shown. What was asked for is not kept: it may be a name. Refused: not-staff."""

    def work(session: Session) -> FoundNoted:
        who = at_work(session, wish.chat_id, "till")
        note(session, shop.now(), who.actor, "find", "members", {"members": wish.member_ids})
        return FoundNoted(noted=len(wish.member_ids))

    return once(shop, caller, wish, FoundNoted, work)
