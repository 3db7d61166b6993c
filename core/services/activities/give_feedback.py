"""A member tells the shop something."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints
from sqlalchemy import insert
from sqlmodel import Session

from core.db.activities import feedbacks
from core.insight.members import MemberRef, member_of
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop


class FeedbackIn(Wish):
    member_id: int
    kind: Literal["praise", "idea", "complaint"]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class FeedbackGiven(Result):
    id: int


def give_feedback(shop: Shop, caller: Caller, wish: FeedbackIn) -> FeedbackGiven:
    """Refused: unknown-member."""

    def work(session: Session) -> FeedbackGiven:
        member = member_of(session, MemberRef(id=wish.member_id))
        values = {"member_id": member.id, "at": shop.now(), "kind": wish.kind, "text": wish.text}
        given = session.execute(insert(feedbacks).values(values).returning(feedbacks.c.id))
        return FeedbackGiven(id=given.scalar_one())

    return once(shop, caller, wish, FeedbackGiven, work)
