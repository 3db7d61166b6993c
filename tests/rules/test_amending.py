"""What is asked of Telegram about a message that has left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.rules.amending import Closed, Message, Way, way
from core.rules.messaging import PutOff

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
LEFT = NOW - timedelta(hours=46, minutes=59)
MESSAGE = Message("edit", "sent", True, LEFT, True, False, False, False)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({}, "edit"),
        ({"kind": "recall"}, "delete"),
        ({"kind": "recall", "left_at": NOW - timedelta(hours=47)}, "withdraw"),
        ({"blocked": True}, Closed("blocked")),
        ({"here": False}, Closed("blocked")),
        ({"state": "in_doubt", "known": False}, Closed("in_doubt")),
        ({"known": False}, Closed("in_doubt")),
        ({"state": "sending", "known": False}, PutOff(NOW + timedelta(seconds=2))),
        ({"busy": True}, PutOff(NOW + timedelta(seconds=2))),
        ({"replaced": True, "busy": True}, Closed("replaced")),
        ({"state": "planned", "known": False, "left_at": None}, Closed("done", "unsent")),
        ({"state": "planned", "known": False}, Closed("in_doubt")),
        ({"state": "paused", "known": False}, Closed("in_doubt")),
        ({"state": "suppressed", "blocked": True}, Closed("done", "unsent")),
    ],
)
def test_what_is_done_about_a_message(change: dict[str, Any], what: Way | Closed | PutOff) -> None:
    assert way(replace(MESSAGE, **change), NOW) == what
