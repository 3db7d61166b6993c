from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.terms import business_day, days_after, end_of_term, plus_months, start_of_day, window_start

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
HONOLULU = ZoneInfo("Pacific/Honolulu")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")

moments = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from([SHANGHAI, NEW_YORK, HONOLULU, KIRITIMATI])


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 2), 12, date(2027, 3, 2)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
    ],
)
def test_plus_months(day: date, months: int, expected: date) -> None:
    assert plus_months(day, months) == expected


def test_a_year_runs_to_the_end_of_the_same_named_day() -> None:
    bought = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 23:00 on 2 March in Shanghai
    assert end_of_term(bought, 12, SHANGHAI) == datetime(2027, 3, 2, 16, 0, tzinfo=UTC)
    late = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # 3 March there
    assert end_of_term(late, 12, SHANGHAI) == datetime(2027, 3, 3, 16, 0, tzinfo=UTC)


def test_a_term_from_29_february_ends_with_the_28th() -> None:
    assert end_of_term(datetime(2024, 2, 29, 4, tzinfo=UTC), 12, SHANGHAI) == datetime(2025, 2, 28, 16, tzinfo=UTC)


def test_a_term_across_a_clock_change_ends_at_local_midnight() -> None:
    bought = datetime(2026, 2, 8, 17, 0, tzinfo=UTC)  # winter time in New York
    assert end_of_term(bought, 1, NEW_YORK) == datetime(2026, 3, 9, 4, 0, tzinfo=UTC)  # the night after the change


def test_business_days_at_both_ends_of_the_world() -> None:
    moment = datetime(2026, 1, 1, 10, 30, tzinfo=UTC)
    assert business_day(moment, KIRITIMATI) == date(2026, 1, 2)
    assert business_day(moment, HONOLULU) == date(2026, 1, 1)
    assert start_of_day(date(2026, 1, 2), KIRITIMATI) == datetime(2026, 1, 1, 10, 0, tzinfo=UTC)


def test_days_after_counts_business_days() -> None:
    at = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert days_after(at, 0, SHANGHAI) == at
    assert days_after(at, 1, SHANGHAI) == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


@given(at=moments, months=st.integers(1, 36), zone=zones)
def test_the_window_starts_at_the_first_moment_whose_term_still_runs(at: datetime, months: int, zone: ZoneInfo) -> None:
    start = window_start(at, months, zone)
    assert end_of_term(start, months, zone) > at
    assert end_of_term(start - timedelta(microseconds=1), months, zone) <= at
