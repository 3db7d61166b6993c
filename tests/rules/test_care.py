"""When care messages fall due: cases reckoned by hand, and the lunar calendar against another one's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from borax.calendars.lunardate import LunarDate  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from core.program.calendars import celebrated_on, civil, festival, lunar, lunar_birthday
from core.program.journeys import Journey, JourneyStep
from core.rules.care import (
    born_on,
    days_due,
    events_due,
    expires_at,
    is_festival,
    is_held_out,
    is_stale,
    joined_on,
    lapsing_days,
    moment_after,
    moment_of,
    months_before,
    occasion,
)
from core.rules.still import Now, overtaken

NEW_YORK, SHANGHAI = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
KIRITIMATI, HONOLULU = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Honolulu")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def step(**keys: object) -> JourneyStep:
    return JourneyStep.model_validate({"text": {"en": "…"}, **keys})


def journey(**keys: object) -> Journey:
    steps = [{"text": {"en": "…"}}]
    return Journey.model_validate({"id": "it", "name": {"en": "It"}, "on": "birthday", "steps": steps, **keys})


@pytest.mark.parametrize(
    ("day", "clock", "zone", "moment"),
    [
        ("2026-03-15", "09:00", SHANGHAI, "2026-03-15T01:00"),
        ("2026-03-15", "09:00", KIRITIMATI, "2026-03-14T19:00"),  # UTC+14
        ("2026-03-15", "09:00", HONOLULU, "2026-03-15T19:00"),  # UTC-10, a whole day later
        ("2026-12-31", "23:59", HONOLULU, "2027-01-01T09:59"),
        ("2026-03-08", "02:30", NEW_YORK, "2026-03-08T07:00"),  # there is no 02:30: clocks go from 02:00 to 03:00
        ("2026-03-08", "03:00", NEW_YORK, "2026-03-08T07:00"),
        ("2026-11-01", "01:30", NEW_YORK, "2026-11-01T05:30"),  # twice: the first, in summer time
        ("2026-11-01", "02:00", NEW_YORK, "2026-11-01T07:00"),
        ("2026-10-04", "02:15", ZoneInfo("Australia/Lord_Howe"), "2026-10-03T15:30"),  # a gap of half an hour
        ("2011-12-30", "10:00", ZoneInfo("Pacific/Apia"), "2011-12-30T10:00"),  # a day that was not: its end
    ],
)
def test_the_moment_at_which_it_is_that_time_there(day: str, clock: str, zone: ZoneInfo, moment: str) -> None:
    at = moment_of(date.fromisoformat(day), time.fromisoformat(clock), zone)
    assert at == utc(moment)
    assert date.fromisoformat(day) in days_due(at - timedelta(seconds=1), at, time.fromisoformat(clock), zone)
    assert date.fromisoformat(day) not in days_due(at, at + timedelta(hours=1), time.fromisoformat(clock), zone)


@given(
    st.integers(0, 10 * 366 * 86_400),
    st.lists(st.integers(0, 40 * 3600), min_size=2, max_size=6),
    st.times(),
    st.sampled_from(["America/New_York", "Pacific/Kiritimati", "Pacific/Honolulu", "Europe/London", "Africa/Cairo"]),
)
def test_whichever_way_time_is_cut_each_day_falls_due_once(
    since: int, seconds: list[int], clock: time, name: str
) -> None:
    clock, zone = clock.replace(second=0, microsecond=0, fold=0), ZoneInfo(name)
    start = utc("2020-01-01T00:00") + timedelta(seconds=since)
    cuts = [start + timedelta(seconds=sum(seconds[: each + 1])) for each in range(len(seconds))]
    parts = [day for place, cut in enumerate(cuts[1:]) for day in days_due(cuts[place], cut, clock, zone)]
    assert parts == days_due(cuts[0], cuts[-1], clock, zone)


@pytest.mark.parametrize(
    ("event", "keys", "moment"),
    [
        ("2026-03-02T15:00", {}, "2026-03-02T15:00"),
        ("2026-03-02T15:00", {"at": "10:00"}, "2026-03-02T15:00"),  # 10:00 in New York and never before the event
        ("2026-03-02T15:30", {"at": "10:00"}, "2026-03-02T15:30"),
        ("2026-03-02T14:30", {"at": "10:00"}, "2026-03-02T15:00"),
        (
            "2026-03-07T17:00",
            {"days": 1},
            "2026-03-08T16:00",
        ),  # noon to noon, over the night in which clocks go forward
        ("2026-10-31T16:00", {"days": 1}, "2026-11-01T17:00"),
        ("2026-01-31T05:00", {"days": 29, "at": "00:00"}, "2026-03-01T05:00"),
    ],
)
def test_the_moment_of_a_step_after_an_event(event: str, keys: dict[str, object], moment: str) -> None:
    told = step(**keys)
    at = moment_after(utc(event), told, NEW_YORK)
    assert at == utc(moment)
    spans = events_due(told, at - timedelta(seconds=1), at, NEW_YORK)
    assert any(since < utc(event) <= until for since, until in spans)


def test_a_message_is_stale_from_its_expiry_on_also_at_the_years_last_second() -> None:
    told, moment = step(hours=14), utc("2026-12-31T10:00")
    assert expires_at(moment, told) == utc("2027-01-01T00:00")
    assert not is_stale(moment, told, utc("2026-12-31T23:59:59"))
    assert is_stale(moment, told, utc("2027-01-01T00:00"))


@pytest.mark.parametrize(
    ("day", "civil_days"),
    [("2027-02-28", [228, 229]), ("2028-02-28", [228]), ("2028-02-29", [229]), ("2027-03-01", [301])],
)
def test_who_was_born_on_29_february(day: str, civil_days: list[int]) -> None:
    assert born_on(date.fromisoformat(day))[0].civil == civil_days


@pytest.mark.parametrize(
    ("born", "celebrated"),
    [
        ("2025-07-30", ["2025-06-30", "2026-07-19", "2027-07-09"]),  # 6th of the leap sixth month: of the sixth
        ("2001-05-23", ["2025-04-28", "2026-05-17", "2027-05-06"]),  # 1st of the leap fourth month: of the fourth
        ("1990-02-22", ["2025-02-24", "2026-03-15", "2027-03-04"]),  # 27th of the first month
        ("1991-01-15", ["2024-12-30", "2026-01-18", "2027-01-07"]),  # 30th of the eleventh: of 29 days, the 29th
    ],
)
def test_lunar_birthdays(born: str, celebrated: list[str]) -> None:
    wanted = lunar_birthday(date.fromisoformat(born))
    first = date(2024, 12, 1)
    days = [first + timedelta(days=each) for each in range(960)]
    assert [str(day) for day in days if wanted in celebrated_on(day)] == celebrated


def test_every_lunar_birthday_is_celebrated_once_a_lunar_year() -> None:
    """borax as oracle, over all days of 19 years (a whole cycle of leap months) around every birthday there is."""
    seen: dict[tuple[int, int], int] = {}
    day = date(2020, 1, 25)  # Spring Festival
    while day < date(2039, 1, 24):
        oracle = LunarDate.from_solar_date(day.year, day.month, day.day)
        assert lunar(day) == type(lunar(day))(oracle.year, oracle.month, oracle.day, bool(oracle.leap)), day
        for birthday in celebrated_on(day):
            key = (oracle.year, birthday)
            seen[key] = seen.get(key, 0) + 1
        day += timedelta(days=1)
    assert set(seen.values()) == {1}
    assert len(seen) == 19 * 12 * 30


def test_festivals() -> None:
    for year in range(1990, 2050):
        for name, month, of_month in (("spring_festival", 1, 1), ("dragon_boat", 5, 5), ("mid_autumn", 8, 15)):
            assert festival(name, year) == LunarDate(year, month, of_month).to_solar_date()
    others = ("qingming", "lunar_new_years_eve", "mothers_day", "thanksgiving")
    found = {name: str(festival(name, 2026)) for name in others}
    assert found == {
        "qingming": "2026-04-05",
        "lunar_new_years_eve": "2026-02-16",
        "mothers_day": "2026-05-10",
        "thanksgiving": "2026-11-26",
    }
    assert civil(2026, 4, 30) == civil(2026, 4, 29)  # that month has 29 days
    assert is_festival(journey(on="festival", date="02-29"), date(2027, 2, 28))
    assert not is_festival(journey(on="festival", date="02-29"), date(2028, 2, 28))


def test_anniversaries_and_terms_of_months_over_their_ends() -> None:
    assert [(years, str(day)) for years, day in joined_on(date(2027, 2, 28), 2024)] == [
        (1, "2026-02-28"), (2, "2025-02-28"), (3, "2024-02-28"), (3, "2024-02-29"),
    ]  # fmt: skip
    assert list(joined_on(date(2028, 2, 29), 2025)) == []
    assert months_before(date(2026, 2, 28), 6) == (date(2025, 8, 28), date(2025, 8, 31))
    assert months_before(date(2026, 3, 1), 6) == (date(2025, 9, 1), date(2025, 9, 1))
    assert months_before(date(2024, 2, 29), 24) is None


def test_once_is_once_for_what_the_journey_says() -> None:
    told, day = step(days=-30), date(2026, 12, 31)
    made = {once: occasion(journey(once=once), told, "7", day) for once in ("each", "month", "year", "ever")}
    assert made == {"each": "7/-30", "month": "2026-12/-30", "year": "2026/-30", "ever": "ever/-30"}


def test_the_same_members_are_held_out_and_about_as_many_as_asked_for() -> None:
    part = Fraction(1, 20)
    held = [each for each in range(20_000) if is_held_out("it", each, part)]
    assert held == [each for each in range(20_000) if is_held_out("it", each, part)]
    assert 880 < len(held) < 1120  # four standard deviations of a binomial about 1,000
    assert not any(is_held_out("it", each, Fraction(0)) for each in range(1000))


@pytest.mark.parametrize(
    ("still", "why"),
    [
        ({}, None),
        ({"not_bought_since": "2026-03-01T00:00:00+00:00"}, "purchase-made"),
        ({"not_bought_since": "2026-03-02T00:00:00+00:00"}, None),
        ({"lapsing": {"until": "2026-04-01T00:00:00+00:00", "points": 30}}, None),
        ({"lapsing": {"until": "2026-04-01T00:00:00+00:00", "points": 31}}, "points-spent"),
        ({"lapsing": {"since": "2026-04-01T00:00:00+00:00", "until": "2026-04-02T00:00:00+00:00", "points": 20}}, None),
        (
            {"lapsing": {"since": "2026-04-01T00:00:00+00:00", "until": "2026-04-02T00:00:00+00:00", "points": 21}},
            "points-spent",
        ),
        ({"balance": 50}, None),
        ({"balance": 51}, "points-spent"),
        ({"coupon": 7}, None),
        ({"coupon": 8}, "coupon-gone"),
        ({"tier": "gold"}, None),
        ({"tier": "silver"}, "tier-changed"),
        ({"tier_until": "2026-05-01T00:00:00+00:00"}, None),
        ({"tier_until": "2026-04-01T00:00:00+00:00"}, "tier-kept"),
    ],
)
def test_what_has_been_overtaken(still: dict[str, object], why: str | None) -> None:
    lots = [(30, utc("2026-04-01T00:00")), (20, utc("2026-04-02T00:00"))]
    now = Now("gold", utc("2026-05-01T00:00"), 50, utc("2026-03-02T00:00"), lots, frozenset({7}))
    assert overtaken(still, now) == why


@pytest.mark.parametrize(
    ("once", "about", "days"),
    [
        ("month", date(2028, 2, 29), (date(2028, 2, 1), date(2028, 2, 29))),
        ("month", date(2026, 12, 31), (date(2026, 12, 1), date(2026, 12, 31))),
        ("year", date(2026, 12, 31), (date(2026, 1, 1), date(2026, 12, 31))),
        ("each", date(2026, 4, 5), (date(2026, 4, 5), date(2026, 4, 5))),
        ("ever", date(2026, 4, 5), (date(2026, 4, 5), date(2026, 4, 5))),
    ],
)
def test_what_lapses_together_is_told_together(once: str, about: date, days: tuple[date, date]) -> None:
    assert lapsing_days(once, about) == days
