"""Bonuses and activities whose limits contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from core.program.faults import Finding, step
from core.program.find import Data, find


def _activities(data: Data) -> Iterator[Finding]:
    for path, activity in find(data, "activities.*"):
        if not isinstance(activity, dict):
            continue
        day, month = activity.get("per_day"), activity.get("per_month")
        for key in ("per_day", "per_month"):
            if activity.get("once") is True and key in activity:
                yield Finding((*path, key), f"{key} does nothing beside once", "keep one of the two")
        if isinstance(day, int) and isinstance(month, int) and month < day:
            message = f"{day} a day are never reached with {month} a month"
            yield Finding((*path, "per_day"), message, "lower per_day or raise per_month")


def _caps(data: Data) -> Iterator[Finding]:
    for path, rule in find(data, "earning.rules.*"):
        day, month = step(rule, "cap_per_day"), step(rule, "cap_per_month")
        if isinstance(day, int) and isinstance(month, int) and month < day:
            message = f"{day} a day are never reached with {month} a month"
            yield Finding((*path, "cap_per_day"), message, "lower cap_per_day or raise cap_per_month")


BONUS_CHECKS = (_activities, _caps)
