"""Staff put a word on a member, or take it off."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints
from sqlalchemy import delete, insert, select
from sqlmodel import Session

from core.db.audit_log import note
from core.db.facts import member_tags
from core.db.ledger_queries import lock_account
from core.insight.members import MemberRef, member_of
from core.insight.segments import tags_of
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

Tag = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\s/][^/]*$", max_length=40)]


class TagChange(Wish):
    member_id: int
    tag: Tag
    on: bool = True


class TagsNow(Result):
    """tags: all that the member has, in their order."""

    member_id: int
    tags: list[str]


def tag_member(shop: Shop, caller: Caller, wish: TagChange) -> TagsNow:
    """Twice is once. Refused: unknown-member."""

    def work(session: Session) -> TagsNow:
        lock_account(session, wish.member_id)
        member_id = member_of(session, MemberRef(id=wish.member_id)).id
        mine = (member_tags.c.member_id == member_id, member_tags.c.tag == wish.tag)
        had = session.execute(select(member_tags).where(*mine)).first() is not None
        if wish.on and not had:
            row = {"member_id": member_id, "tag": wish.tag, "at": shop.now(), "actor": caller.actor}
            session.execute(insert(member_tags), row)
        elif had and not wish.on:
            session.execute(delete(member_tags).where(*mine))
        if wish.on != had:
            note(session, shop.now(), caller.actor, "tag_member" if wish.on else "untag_member", f"member:{member_id}",
                 {"tag": wish.tag})  # fmt: skip
        return TagsNow(member_id=member_id, tags=tags_of(session, member_id))

    return once(shop, caller, wish, TagsNow, work)
