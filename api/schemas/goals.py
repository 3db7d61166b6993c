"""Goals as one member sees them."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.goals import GoalProgress


class GoalList(BaseModel):
    """All of them: a program has never more than a few."""

    items: list[GoalProgress]
