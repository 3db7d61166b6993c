"""The part of the program about messages that nobody asked for."""

from __future__ import annotations

from core.program.journeys import ClockTime
from core.program.part import Part


class QuietHours(Part):
    """`quiet_hours` in `[messages]`: from a time of day until another one, over midnight too."""

    since: ClockTime
    """When it becomes quiet where the member lives. `since = "22:00"`"""
    until: ClockTime
    """When that is over. `until = "08:00"`"""

    @property
    def minutes(self) -> tuple[int, int]:
        """Both as minutes after midnight."""
        return _minutes(self.since), _minutes(self.until)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


class Messages(Part):
    """[messages] what holds for every promotional and care message."""

    quiet_hours: QuietHours | None = None
    """When nothing of the kind is sent to members who set no quiet hours of their own; without it there are none.
    `quiet_hours = { since = "22:00", until = "08:00" }`"""
