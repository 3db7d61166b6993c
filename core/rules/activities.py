"""How often what members do besides buying counts."""

from __future__ import annotations

from core.program.bonuses import Activity
from core.rules.refusal import Refusal


def countable(activity: Activity, ever: int, today: int, this_month: int) -> Refusal | None:
    """Given how often it counted so far. Refusals: activity-once, activity-limit-day, activity-limit-month."""
    if activity.once and ever:
        return Refusal("activity-once", {"activity": activity.id})
    if activity.per_day is not None and today >= activity.per_day:
        return Refusal("activity-limit-day", {"activity": activity.id, "limit": activity.per_day})
    if activity.per_month is not None and this_month >= activity.per_month:
        return Refusal("activity-limit-month", {"activity": activity.id, "limit": activity.per_month})
    return None
