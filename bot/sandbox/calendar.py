"""The days that the chat page can go to, each past what it brings."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.sandbox.wording import Json


@dataclass(frozen=True)
class Calendar:
    """zone: whose days these are. evening: the time of day by which everything of a day has come; without it a day is
    gone to at the time of day that it is now. named: further days to go to, all after today."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    evening: time | None = None
    named: Mapping[str, date] = field(default_factory=dict)

    def goals(self, now: datetime) -> list[Json]:
        """Their names, and the moments, the buttons of the page in their order."""
        local = now.astimezone(self.zone)
        today = local.date()
        days = {
            "+1 day": today + timedelta(days=1),
            "+1 week": today + timedelta(days=7),
            "+1 month": _month_on(today),
            **self.named,
            "New Year": date(today.year + 1, 1, 1),
        }
        clock = self.evening or local.time()
        moments = {name: datetime.combine(day, clock, self.zone).astimezone(UTC) for name, day in days.items()}
        return [{"name": name, "at": at.isoformat()} for name, at in moments.items()]


def _month_on(day: date) -> date:
    """A month on from the 31st is the last day of a shorter month."""
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))
