"""Whether a message may go out now."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.messages import Messages, QuietHours
from core.rules.messaging import (
    Caps,
    Coming,
    Due,
    Ended,
    Go,
    Left,
    PutOff,
    Reach,
    end_of_quiet,
    filled,
    first_counted,
    judge,
    quiet_hours,
    sent_again,
)
from core.rules.styles import manner_of
from core.rules.terms import business_day

ZONE = ZoneInfo("America/New_York")
KIRITIMATI, HONOLULU = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Honolulu")
DAY = timedelta(days=1)
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in New York
CAPS, CARE = Caps(per_day=2, per_week=3), Caps(per_day=3, per_week=4)
ANN = Reach(here=True, blocked=False, agreed=frozenset({"offers", "care"}), quiet=None)


def judged(
    kind: str = "promo",
    purpose: str = "offers",
    before: Any = (),
    coming: Any = (),
    now: datetime = NOW,
    expires: datetime = NOW + timedelta(hours=12),
    source: str = "campaign:7",
    priority: int = 0,
    zone: ZoneInfo = ZONE,
    **reach: Any,
) -> Any:
    known: dict[str, Any] = asdict(ANN) | reach
    left = [Left(kind, now - ago) for kind, ago in before]
    due = Due(kind, purpose, expires, source, priority)
    return judge(due, Reach(**known), left, coming, {"promo": CAPS, "care": CARE}, zone, now)


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
        ({"closed": True, "kind": "transactional", "purpose": "membership"}, Ended("suppressed", "member-closed")),
        ({"agreed": frozenset(), "kind": "transactional", "purpose": "membership"}, Go()),
        ({"kind": "care", "purpose": "statement"}, Ended("suppressed", "no-consent")),
        ({"quiet": (540, 660)}, PutOff(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))),
        ({"quiet": (540, 660), "kind": "transactional", "purpose": "membership"}, Go()),
        ({"quiet": (540, 530)}, Ended("suppressed", "quiet-hours")),  # until 08:50 tomorrow, and it expires before
        ({"before": [ago(hours=2), ago(hours=3)]}, Ended("suppressed", "frequency-cap")),
        (
            {"before": [ago(hours=2), ago(hours=3)], "expires": NOW + 3 * DAY},
            Ended("suppressed", "frequency-cap"),
        ),  # there is room tomorrow, and it is not what the member is to hear then
        ({"before": [ago(hours=2), ago(hours=11)]}, Go()),  # the other one was yesterday
        ({"before": [ago(hours=30), ago(hours=31), ago(hours=32)]}, Ended("suppressed", "frequency-cap")),
        ({"before": [ago(hours=30), ago(hours=31), ago(days=6, hours=10, seconds=1)]}, Go()),  # eight days ago
        ({"before": [ago(hours=30), ago(hours=31), ago(days=6, hours=10)]}, Ended("suppressed", "frequency-cap")),
        ({"before": [ago(hours=2)] * 9, "kind": "care", "purpose": "care"}, Go()),
        (
            {"before": [("care", timedelta(hours=2))] * 3, "kind": "care", "purpose": "care", "expires": NOW + 2 * DAY},
            PutOff(NOW + DAY),
        ),
        (
            {"before": [("care", timedelta(hours=2))] * 3, "kind": "care", "purpose": "care"},
            Ended("suppressed", "frequency-cap"),
        ),
        (
            {"before": [("care", DAY)] * 4, "kind": "care", "purpose": "care", "expires": NOW + 7 * DAY},
            PutOff(NOW + 6 * DAY - timedelta(hours=1)),
        ),  # at ten in the morning, in summer time by then
        ({"before": [ago(hours=2)] * 9, "kind": "transactional", "purpose": "membership"}, Go()),
        ({"muted": frozenset({"campaign"})}, Ended("suppressed", "muted")),
        ({"muted": frozenset({"journey:birthday"})}, Go()),
        ({"source": "journey:birthday", "muted": frozenset({"journey:birthday"})}, Ended("suppressed", "muted")),
        ({"muted": frozenset({"campaign"}), "kind": "transactional"}, Go()),
        ({"style": "calm", "before": [ago(hours=2)]}, Ended("suppressed", "frequency-cap")),  # one a day, one a week
        ({"style": "calm", "before": [ago(days=6)]}, Ended("suppressed", "frequency-cap")),
        ({"style": "fast", "before": [ago(hours=2)]}, Go()),
        ({"style": "fast", "before": [ago(days=2)] * 2}, Ended("suppressed", "frequency-cap")),  # two a week
        ({"style": "careful", "before": [ago(hours=2)]}, Ended("suppressed", "frequency-cap")),
        ({"style": "lively", "before": [ago(hours=2)]}, Go()),
        ({"quiet": (540, 660), "before": [ago(hours=2)] * 2}, PutOff(NOW + timedelta(hours=1))),
        ({"before": [("care", timedelta(hours=2))] * 9}, Go()),
        ({"before": [("care", timedelta(seconds=0.4))]}, PutOff(NOW + timedelta(seconds=0.6))),
        ({"before": [("care", timedelta(seconds=1))]}, Go()),
        ({"before": [("care", timedelta(hours=-1))]}, Go()),  # the clock was set back
    ],
)
def test_what_becomes_of_a_message_that_is_due(given: dict[str, Any], decision: object) -> None:
    assert judged(**given) == decision


def rival(kind: str = "promo", source: str = "journey:x", priority: int = 5, **later: float) -> Coming:
    return Coming(kind, source, priority, NOW + timedelta(**later))


@pytest.mark.parametrize(
    ("given", "decision"),
    [
        ({"coming": [rival(hours=8)]}, Go()),  # there is room for both
        ({"coming": [rival(hours=8)], "before": [ago(hours=2)]}, Ended("suppressed", "yielded")),
        ({"coming": [rival(hours=8)], "before": [ago(hours=2)], "expires": NOW + 2 * DAY}, PutOff(NOW + DAY)),
        ({"coming": [rival(), rival(hours=13.9)]}, Ended("suppressed", "yielded")),
        ({"coming": [rival(), rival(hours=14)]}, Go()),  # the other one is tomorrow's
        ({"coming": [rival()], "before": [ago(hours=2)], "priority": 5}, Go()),
        ({"coming": [rival("care")], "before": [ago(hours=2)]}, Go()),
        ({"coming": [rival()], "before": [ago(hours=2)], "muted": frozenset({"journey:x"})}, Go()),
        ({"coming": [rival()], "before": [ago(days=3)] * 2}, Ended("suppressed", "yielded")),  # the week's last place
        ({"coming": [rival("care")] * 3, "kind": "care", "purpose": "care"}, Ended("suppressed", "yielded")),
        ({"coming": [rival("care")] * 2, "kind": "care", "purpose": "care"}, Go()),
    ],
)
def test_the_higher_priority_goes_where_there_is_not_room_for_both(given: dict[str, Any], decision: object) -> None:
    assert judged(**given) == decision


def test_who_yields_waits_for_the_next_day_where_the_member_lives() -> None:
    late = datetime(2026, 3, 3, 3, tzinfo=UTC)  # 22:00 of 2 March in New York
    decision = judged(coming=[rival(hours=11)], before=[ago(hours=1)], now=late, expires=late + 2 * DAY)
    assert decision == PutOff(late + DAY)


@dataclass(frozen=True)
class Own:
    quiet_from: int | None = None
    quiet_until: int | None = None
    never_quiet: bool = False


def test_a_members_own_quiet_hours_go_before_the_shops() -> None:
    shops = Messages(quiet_hours=QuietHours(since="22:30", until="08:00"))
    assert quiet_hours(Own(60, 120), shops) == (60, 120)
    assert quiet_hours(Own(0, 0), shops) == (0, 0)
    assert quiet_hours(Own(), shops) == (1350, 480)
    assert quiet_hours(Own(never_quiet=True), shops) is None
    assert quiet_hours(Own(), Messages()) is None


def test_days_and_quiet_hours_are_those_where_the_member_lives() -> None:
    before = [ago(hours=6)]  # in Kiritimati it is five in the morning of the next day; six hours ago it was eleven
    assert judged(before=before * 2) == Ended("suppressed", "frequency-cap")
    assert judged(before=before * 2, zone=KIRITIMATI) == Go()
    assert judged(quiet=(1320, 480), zone=KIRITIMATI) == PutOff(NOW + timedelta(hours=3))
    assert judged(quiet=(1320, 290), zone=HONOLULU) == Go()  # ten minutes past


@given(
    st.lists(st.integers(0, 13 * 24), max_size=30),
    st.builds(Caps, st.integers(1, 4), st.integers(1, 9)),
    st.sampled_from([None, "lively", "calm", "fast", "careful"]),
    st.integers(0, 400),
)
def test_no_seven_days_and_no_day_see_more_than_the_caps(
    hours: list[int], caps: Caps, style: str | None, start: int
) -> None:
    """Care that tries at these hours and, where it is put off, at the hour that it is put off to."""
    since, left, waiting = NOW + timedelta(days=start), list[Left](), sorted(hours)
    times = [since + timedelta(hours=each) for each in waiting]
    while times:
        now = times.pop(0)
        due = Due("care", "care", now + timedelta(days=30))
        decision = judge(due, replace(ANN, style=style), left, (), {"care": caps}, ZONE, now)
        if isinstance(decision, PutOff):
            assert decision.until > now
            times = sorted([*times, decision.until])
        else:
            assert decision == Go()
            left.append(Left("care", now))
    days = [business_day(each.at, ZONE) for each in left]
    limit = caps.in_manner(manner_of(style))
    assert len(left) == len(hours)
    assert all(days.count(day) <= limit.per_day for day in days)
    assert all(sum(day - 7 * DAY < each <= day for each in days) <= limit.per_week for day in days)


def test_a_week_is_seven_business_days_with_today() -> None:
    assert first_counted(ZONE, NOW) == datetime(2026, 2, 24, 5, 0, tzinfo=UTC)
    assert first_counted(ZONE, datetime(2026, 3, 2, 4, tzinfo=UTC)) == datetime(2026, 2, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "quiet", "end"),
    [
        ("2026-03-02T21:59-05:00", (1320, 480), None),
        ("2026-03-02T22:00-05:00", (1320, 480), "2026-03-03T08:00-05:00"),
        ("2026-03-03T07:59-05:00", (1320, 480), "2026-03-03T08:00-05:00"),
        ("2026-03-03T08:00-05:00", (1320, 480), None),
        ("2026-03-02T13:00-05:00", (780, 900), "2026-03-02T15:00-05:00"),
        ("2026-03-02T15:00-05:00", (780, 900), None),
        ("2026-03-07T23:00-05:00", (1320, 480), "2026-03-08T08:00-04:00"),  # the night that loses an hour
        ("2026-03-08T01:59-05:00", (60, 150), "2026-03-08T03:00-04:00"),  # 2:30 does not come that night
        ("2026-03-08T03:00-04:00", (60, 150), None),
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
