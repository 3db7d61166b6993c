"""Slots of ticks: one a day whatever the clocks do, and as many minutes apart as they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.slots import Daily, Every

NEW_YORK, APIA, KIRITIMATI = ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia"), ZoneInfo("Pacific/Kiritimati")
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=23 * 365)).map(
    lambda since: datetime(2007, 1, 1, tzinfo=UTC) + since
)
ZONES = st.sampled_from([NEW_YORK, APIA, KIRITIMATI, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Shanghai")])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "now", "latest", "following"),
    [
        (NEW_YORK, "2026-03-02T10:00-05:00", "2026-03-02T02:30-05:00", "2026-03-03T02:30-05:00"),
        (NEW_YORK, "2026-03-02T02:29-05:00", "2026-03-01T02:30-05:00", "2026-03-02T02:30-05:00"),
        (NEW_YORK, "2026-03-08T03:29-04:00", "2026-03-07T02:30-05:00", "2026-03-08T03:30-04:00"),  # 02:30 is not there
        (NEW_YORK, "2026-03-08T03:30-04:00", "2026-03-08T03:30-04:00", "2026-03-09T02:30-04:00"),
        (NEW_YORK, "2026-11-01T01:40-05:00", "2026-10-31T02:30-04:00", "2026-11-01T02:30-05:00"),
        (APIA, "2011-12-31T02:00+14:00", "2011-12-29T02:30-10:00", "2011-12-31T02:30+14:00"),  # without a 30th
        (KIRITIMATI, "2026-03-02T02:30+14:00", "2026-03-02T02:30+14:00", "2026-03-03T02:30+14:00"),
    ],
)
def test_the_slots_of_a_day(zone: ZoneInfo, now: str, latest: str, following: str) -> None:
    rhythm = Daily(2, 30)
    assert (rhythm.latest(at(now), zone), rhythm.next(at(now), zone)) == (at(latest), at(following))


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    rhythm, first = Daily(1, 30), at("2026-11-01T01:30-04:00")
    assert rhythm.latest(first + timedelta(hours=1), NEW_YORK) == first
    assert rhythm.next(first, NEW_YORK) == at("2026-11-02T01:30-05:00")


@given(
    MOMENTS,
    ZONES,
    st.one_of(st.builds(Daily, st.integers(0, 23), st.integers(0, 59)), st.builds(Every, st.sampled_from([1, 15, 60]))),
)
def test_each_moment_lies_between_two_slots_that_follow_each_other(
    now: datetime, zone: ZoneInfo, rhythm: Daily | Every
) -> None:
    latest, following = rhythm.latest(now, zone), rhythm.next(now, zone)
    assert latest <= now < following
    assert rhythm.latest(following - timedelta(seconds=1), zone) == latest
    assert rhythm.latest(following, zone) == following
    assert rhythm.between(latest, following, zone) == 0


def test_how_many_were_missed() -> None:
    monday = at("2026-03-02T02:30-05:00")
    assert Daily(2, 30).between(monday, at("2026-03-09T02:30-04:00"), NEW_YORK) == 6
    assert Every(15).between(monday, monday + timedelta(hours=1), NEW_YORK) == 3
    assert Every(15).between(monday, monday - timedelta(hours=1), NEW_YORK) == 0
