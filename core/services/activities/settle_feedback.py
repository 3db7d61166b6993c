"""Staff has settled with a member what they complained of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import func, update
from sqlmodel import Session

from core.db.activities import feedbacks
from core.db.audit_log import note
from core.rules.refusal import Refused
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop


class FeedbackRef(Wish):
    feedback: Annotated[int, Field(strict=True, ge=1)]


class FeedbackSettled(Result):
    """settled_at: when it was settled first."""

    id: int
    settled_at: datetime


def settle_feedback(shop: Shop, caller: Caller, wish: FeedbackRef) -> FeedbackSettled:
    """Settling it again changes nothing. Refused: unknown-feedback."""

    def work(session: Session) -> FeedbackSettled:
        now, table = shop.now(), feedbacks.c
        settled = update(feedbacks).where(table.id == wish.feedback)
        settled = settled.values(
            settled_at=func.coalesce(table.settled_at, now), settled_by=func.coalesce(table.settled_by, caller.actor)
        )
        at = session.execute(settled.returning(table.settled_at)).scalar()
        if at is None:
            raise Refused("unknown-feedback", id=wish.feedback)
        note(session, now, caller.actor, "settle_feedback", f"feedback:{wish.feedback}", {})
        return FeedbackSettled(id=wish.feedback, settled_at=at)

    return once(shop, caller, wish, FeedbackSettled, work)
