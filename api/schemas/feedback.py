"""Pages of feedback."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.feedback import FeedbackView


class FeedbackPage(BaseModel):
    """next: pass it as `after` for the older ones; null at the end."""

    items: list[FeedbackView]
    next: str | None
