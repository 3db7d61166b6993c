"""When a tick is to run: the slots of its rhythm, each of which is one moment.

A slot of a day is a time on the program's clocks. Where the clocks jump over it in spring, it is as much later as they
jump; where it comes twice in autumn, it is the first of the two. So every day has exactly one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.rules.terms import business_day

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Every:
    """So many minutes apart, counted from midnight UTC where they divide a day. What is new since is looked for, so
    when the clock was set back it looks again."""

    minutes: int

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The slot that holds at `now`."""
        return now - (now - EPOCH) % timedelta(minutes=self.minutes)

    def next(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The first slot after `now`."""
        return self.latest(now, zone) + timedelta(minutes=self.minutes)

    def between(self, last: datetime, slot: datetime, zone: ZoneInfo) -> int:
        """How many slots lie between two, both left out."""
        return max(0, (slot - last) // timedelta(minutes=self.minutes) - 1)


@dataclass(frozen=True, slots=True)
class Daily:
    """Once on each day of the program's zone, at that hour and minute; never again, whatever the clock does."""

    hour: int
    minute: int = 0

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The slot that holds at `now`."""
        today = business_day(now, zone)
        mine = (self._on(day, zone) for day in (today, today - timedelta(days=1), today - timedelta(days=2)))
        return next(slot for slot in mine if slot <= now)

    def next(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The first slot after `now`."""
        today = business_day(now, zone)
        mine = (self._on(day, zone) for day in (today, today + timedelta(days=1), today + timedelta(days=2)))
        return next(slot for slot in mine if slot > now)

    def between(self, last: datetime, slot: datetime, zone: ZoneInfo) -> int:
        """How many slots lie between two, both left out."""
        return max(0, (business_day(slot, zone) - business_day(last, zone)).days - 1)

    def _on(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, time(self.hour, self.minute), zone).astimezone(UTC)


Rhythm = Every | Daily
