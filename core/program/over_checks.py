"""What was over before the program comes into force: offers that ended, coupons that are never valid any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core.program.faults import Finding, Path
from core.program.find import Data
from core.program.mending import show


def over(data: Data, at: datetime) -> list[Finding]:
    """Every `until` that is not after that moment, wherever it stands."""
    return [
        Finding(path, f"{show(until)} is over already", "write a later moment, or remove what has ended")
        for path, until in _untils(data, ())
        if until <= at
    ]


def _untils(part: Any, path: Path) -> Iterator[tuple[Path, datetime]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "until" and isinstance(value, datetime) and value.tzinfo:
                yield (*path, key), value
            yield from _untils(value, (*path, key))
    elif isinstance(part, list):
        for place, value in enumerate(part):
            yield from _untils(value, (*path, place))
