"""A button carries the delivery that it came with, in front of its own data: `d17:offers`."""

from __future__ import annotations

import re

LONGEST_DATA = 64
"""Bytes that Telegram lets a button carry."""
_CARRIED = re.compile(r"d([0-9]{1,18}):(.+)", re.ASCII | re.DOTALL)


def carrying(delivery_id: int, data: str) -> str:
    """The data with the delivery in front; alone where there is no room for both."""
    both = f"d{delivery_id}:{data}"
    return both if len(both.encode()) <= LONGEST_DATA else data


def carried(pressed: str) -> tuple[int | None, str]:
    """The delivery, if there is one, and the button's own data."""
    found = _CARRIED.fullmatch(pressed)
    return (int(found[1]), found[2]) if found else (None, pressed)
