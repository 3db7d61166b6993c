"""Which program judges what in a replay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.program.loading import load
from core.rules.refusal import Refused
from core.services.replaying.versions import Versions
from core.shop import Version
from tests.conftest import SMALL

SMALL_PROGRAM = load(SMALL.read_text(encoding="utf-8"), "small")
DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
PUBLISHED = [Version(1, SMALL_PROGRAM, FIRST), Version(2, SMALL_PROGRAM, FIRST + 10 * DAY)]


def judging(since: datetime | None) -> list[int]:
    """The versions before the first one, at it, between the two and after the second; 3 is the draft."""
    versions = Versions(PUBLISHED, SMALL_PROGRAM, since)
    return [versions.at(FIRST + days * DAY).id for days in (-5, 0, 5, 10, 15)]


@pytest.mark.parametrize(
    ("since", "ids"),
    [
        (None, [3, 3, 3, 3, 3]),
        (FIRST - 9 * DAY, [3, 3, 3, 3, 3]),
        (FIRST - 2 * DAY, [1, 3, 3, 3, 3]),
        (FIRST, [1, 3, 3, 3, 3]),
        (FIRST + 4 * DAY, [1, 1, 3, 3, 3]),
        (FIRST + 12 * DAY, [1, 1, 1, 2, 3]),
    ],
)
def test_the_draft_stands_from_its_moment_on_and_not_before(since: datetime | None, ids: list[int]) -> None:
    assert judging(since) == ids


def test_without_a_program_there_is_nothing_to_replay() -> None:
    with pytest.raises(Refused, match="no-program"):
        Versions([], SMALL_PROGRAM, None)
