"""Whether a message may go out now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.messaging import (
    Caps,
    Ended,
    Go,
    Left,
    PutOff,
    Reach,
    end_of_quiet,
    filled,
    first_counted,
    judge,
    sent_again,
)

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in New York
CAPS = Caps(per_day=2, per_week=3)
ANN = Reach(here=True, blocked=False, agreed=frozenset({"offers", "care"}), quiet=None)


def judged(kind: str = "promo", purpose: str = "offers", before: Any = (), now: datetime = NOW, **reach: Any) -> Any:
    known: dict[str, Any] = {"here": ANN.here, "blocked": ANN.blocked, "agreed": ANN.agreed, "quiet": ANN.quiet} | reach
    left = [Left(kind, now - ago) for kind, ago in before]
    return judge(kind, purpose, NOW + timedelta(hours=12), Reach(**known), left, CAPS, ZONE, now)


def ago(**delta: float) -> tuple[str, timedelta]:
    return "promo", timedelta(**delta)


@pytest.mark.parametrize(
    ("given", "decision"),
    [
        ({}, Go()),
        ({"now": NOW + timedelta(hours=12)}, Ended("expired")),
        ({"here": False}, Ended("suppressed", "no-chat")),
        ({"blocked": True}, Ended("blocked")),
        ({"agreed": frozenset({"care"})}, Ended("suppressed", "no-consent")),
        ({"agreed": frozenset(), "kind": "transactional", "purpose": "membership"}, Go()),
        ({"kind": "care", "purpose": "statement"}, Ended("suppressed", "no-consent")),
        ({"quiet": (540, 660)}, PutOff(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))),
        ({"quiet": (540, 660), "kind": "transactional", "purpose": "membership"}, Go()),
        ({"quiet": (540, 530)}, Ended("suppressed", "quiet-hours")),  # until 08:50 tomorrow, and it expires before
        ({"before": [ago(hours=2), ago(hours=3)]}, Ended("suppressed", "frequency-cap")),
        ({"before": [ago(hours=2), ago(hours=11)]}, Go()),  # the other one was yesterday
        ({"before": [ago(hours=30), ago(hours=31), ago(hours=32)]}, Ended("suppressed", "frequency-cap")),
        ({"before": [ago(hours=30), ago(hours=31), ago(days=6, hours=10, seconds=1)]}, Go()),  # eight days ago
        ({"before": [ago(hours=30), ago(hours=31), ago(days=6, hours=10)]}, Ended("suppressed", "frequency-cap")),
        ({"before": [ago(hours=2)] * 9, "kind": "care", "purpose": "care"}, Go()),
        ({"before": [("care", timedelta(hours=2))] * 9}, Go()),
        ({"before": [("care", timedelta(seconds=0.4))]}, PutOff(NOW + timedelta(seconds=0.6))),
        ({"before": [("care", timedelta(seconds=1))]}, Go()),
    ],
)
def test_what_becomes_of_a_message_that_is_due(given: dict[str, Any], decision: object) -> None:
    assert judged(**given) == decision


def test_a_week_is_seven_business_days_with_today() -> None:
    assert first_counted(ZONE, NOW) == datetime(2026, 2, 24, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "quiet", "end"),
    [
        ("2026-03-02T21:59-05:00", (1320, 480), None),
        ("2026-03-02T22:00-05:00", (1320, 480), "2026-03-03T08:00-05:00"),
        ("2026-03-03T07:59-05:00", (1320, 480), "2026-03-03T08:00-05:00"),
        ("2026-03-03T08:00-05:00", (1320, 480), None),
        ("2026-03-07T23:00-05:00", (1320, 480), "2026-03-08T08:00-04:00"),  # the night that loses an hour
        ("2026-03-08T01:59-05:00", (60, 150), "2026-03-08T03:30-04:00"),  # 2:30 does not come that night
        ("2026-11-01T01:10-05:00", (1320, 90), "2026-11-01T01:30-05:00"),  # the hour that comes twice
        ("2026-11-01T01:10-04:00", (1320, 90), "2026-11-01T01:30-04:00"),
    ],
)
def test_quiet_hours_end(now: str, quiet: tuple[int, int], end: str | None) -> None:
    wanted = None if end is None else datetime.fromisoformat(end)
    assert end_of_quiet(quiet, ZONE, datetime.fromisoformat(now)) == wanted


minutes = st.integers(0, 1439)


@given(
    st.integers(0, 366 * 24 * 60 * 60).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.tuples(minutes, minutes).filter(lambda quiet: quiet[0] != quiet[1]),
)
def test_a_message_put_off_waits_no_longer_than_a_day_and_an_hour(now: datetime, quiet: tuple[int, int]) -> None:
    end = end_of_quiet(quiet, ZONE, now)
    assert end is None or now < end <= now + timedelta(hours=25)


@pytest.mark.parametrize(
    ("kind", "doubts", "resend", "again"),
    [
        ("transactional", 0, True, True),
        ("transactional", 1, True, False),
        ("transactional", 0, False, False),
        ("care", 0, True, False),
        ("promo", 0, True, False),
    ],
)
def test_only_a_transactional_message_is_risked_twice(kind: str, doubts: int, resend: bool, again: bool) -> None:
    assert sent_again(kind, doubts, resend) is again


def test_placeholders_are_filled_with_plain_words() -> None:
    assert filled("<b>{name}</b>: {points} {", {"name": "A<b> & {points}", "points": "5"}) == (
        "<b>A&lt;b&gt; &amp; {points}</b>: 5 {"
    )
    assert filled("{name} {code}", {"name": "Ann"}) is None
    assert filled("{name|friend}, {code|R&D}{tail|}", {"name": "Ann"}) == "Ann, R&amp;D"
