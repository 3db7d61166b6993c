"""What becomes of a day's messages to one member, by hand. It is New York: 10:00 on 2 March 2026 is 15:00 UTC."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.rules.foretelling import Fate, Waiting, foretell
from core.rules.messaging import Caps, Due, Ended, Go, Left, Reach

ZONE = ZoneInfo("America/New_York")
CAPS = {"promo": Caps(per_day=1, per_week=3), "care": Caps(per_day=2, per_week=7)}
ANN = Reach(here=True, blocked=False, agreed=frozenset({"offers", "care"}), quiet=None)
NIGHT = (1320, 480)  # 22:00–08:00


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=ZONE).astimezone(UTC)


def message(kind: str, when: datetime, priority: int = 50, hours: int = 12) -> Waiting:
    purpose = {"promo": "offers", "care": "care"}.get(kind, "membership")
    return Waiting(when, Due(kind, purpose, when + timedelta(hours=hours), f"journey:{kind}{priority}", priority))


CARE, PROMO = message("care", at(2, 10)), message("promo", at(2, 10))
CASES: list[tuple[list[Waiting], dict[str, Any], list[Fate]]] = [
    ([CARE], {}, [Fate(Go(), at(2, 10), None)]),
    # held until the morning, or stale by then
    ([message("care", at(2, 7))], {"quiet": NIGHT}, [Fate(Go(), at(2, 8), "quiet-hours")]),
    ([message("care", at(2, 23))], {"quiet": NIGHT}, [Fate(Go(), at(3, 8), "quiet-hours")]),
    (
        [message("care", at(2, 23), hours=9)],
        {"quiet": NIGHT},
        [Fate(Ended("suppressed", "quiet-hours"), at(2, 23), None)],
    ),
    ([message("transactional", at(2, 23))], {"quiet": NIGHT}, [Fate(Go(), at(2, 23), None)]),
    # of two at once the higher priority goes, and the other one finds no room
    (
        [PROMO, message("promo", at(2, 10), 80)],
        {},
        [Fate(Ended("suppressed", "frequency-cap"), at(2, 10), None), Fate(Go(), at(2, 10), None)],
    ),
    # the one of the afternoon is the more important: this morning's waits for tomorrow, or is stale by then
    (
        [message("promo", at(2, 10), hours=30), message("promo", at(2, 15), 80)],
        {},
        [Fate(Go(), at(3, 10), "yielded"), Fate(Go(), at(2, 15), None)],
    ),
    (
        [PROMO, message("promo", at(2, 15), 80)],
        {},
        [Fate(Ended("suppressed", "yielded"), at(2, 10), None), Fate(Go(), at(2, 15), None)],
    ),
    # care waits for the next day with room, messages to one person are a second apart
    (
        [CARE, replace(CARE, at=at(2, 10)), message("care", at(2, 11), 10, hours=48)],
        {},
        [Fate(Go(), at(2, 10), None), Fate(Go(), at(2, 10, 0, 1), None), Fate(Go(), at(3, 11), "frequency-cap")],
    ),
    # a calm member gets one of them a day
    (
        [CARE, message("care", at(2, 11), 10, hours=48)],
        {"style": "calm"},
        [Fate(Go(), at(2, 10), None), Fate(Go(), at(3, 11), "frequency-cap")],
    ),
]


@pytest.mark.parametrize(("waiting", "reach", "fates"), CASES)
def test_what_becomes_of_each(waiting: list[Waiting], reach: dict[str, Any], fates: list[Fate]) -> None:
    assert foretell(waiting, replace(ANN, **reach), [], CAPS, ZONE) == fates


def test_what_went_out_before_counts() -> None:
    """Three in the six days before: there is room again on the seventh after the first of them."""
    left = [Left("promo", at(day, 9)) for day in (1, 2)] + [Left("promo", datetime(2026, 2, 25, 14, tzinfo=UTC))]
    went = [foretell([message("promo", at(day, 10))], ANN, left, CAPS, ZONE)[0].decision for day in (3, 4)]
    assert went == [Ended("suppressed", "frequency-cap"), Go()]
