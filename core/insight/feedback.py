"""What members told the shop."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from core.db.activities import feedbacks


class FeedbackView(BaseModel):
    """kind: praise, idea, complaint, review. settled_at: when staff settled it with the member. purchase_id, stars (1
    to 5): of a review, which has no text."""

    id: int
    member_id: int
    at: datetime
    kind: str
    text: str
    settled_at: datetime | None
    purchase_id: int | None
    stars: int | None


def feedback(session: Session, before: int | None, limit: int, kind: str | None = None) -> list[FeedbackView]:
    """Up to `limit`, newest first, older than the one with the id `before`."""
    found = select(*[feedbacks.c[name] for name in FeedbackView.model_fields])
    if before is not None:
        found = found.where(feedbacks.c.id < before)
    if kind is not None:
        found = found.where(feedbacks.c.kind == kind)
    return [
        FeedbackView.model_validate(row._mapping)
        for row in session.execute(found.order_by(feedbacks.c.id.desc()).limit(limit))
    ]
