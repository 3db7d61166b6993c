"""Check-ins: once a business day, and more for many days in a row."""

from __future__ import annotations

from datetime import date, timedelta

from core.program.schema import CheckIn, Streak


def streak_on(today: date, last_day: date | None, last_streak: int) -> int:
    """Days in a row with today's check-in; a missed day starts anew."""
    return last_streak + 1 if last_day == today - timedelta(days=1) else 1


def completed(rule: CheckIn, streak: int) -> list[Streak]:
    """The streaks that this day completes: every one whose days divide the count."""
    return [each for each in rule.streaks if streak % each.days == 0]
