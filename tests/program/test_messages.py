"""What the shop says of messages that nobody asked for."""

from __future__ import annotations

import pytest

from core.program.loading import load
from tests.program.club import SOURCE
from tests.program.test_faults import faults

QUIET = '\n[messages]\nquiet_hours = { since = "22:00", until = "08:30" }\n'
LINE = SOURCE.count("\n") + 3


def test_quiet_hours_are_minutes_after_midnight() -> None:
    told = load(SOURCE + QUIET, "club").messages.quiet_hours
    assert told is not None
    assert told.minutes == (1_320, 510)
    assert load(SOURCE, "club").messages.quiet_hours is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('"22:00"', "messages.quiet_hours: they begin and end at the same minute; leave quiet_hours out to have none"),
        ('"24:00"', 'messages.quiet_hours.until: "24:00" cannot be used; write hours and minutes, as in "09:30"'),
    ],
)
def test_a_fault(written: str, told: str) -> None:
    assert faults(SOURCE + QUIET.replace('"08:30"', written)) == [f"{LINE}: {told}"]
