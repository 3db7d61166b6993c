"""Quiet hours that are none."""

from __future__ import annotations

from collections.abc import Iterator

from core.program.faults import Finding
from core.program.find import Data, find


def _quiet_hours(data: Data) -> Iterator[Finding]:
    for path, hours in find(data, "messages.quiet_hours"):
        if isinstance(hours, dict) and "since" in hours and hours.get("since") == hours.get("until"):
            yield Finding(path, "they begin and end at the same minute", "leave quiet_hours out to have none")


MESSAGE_CHECKS = (_quiet_hours,)
