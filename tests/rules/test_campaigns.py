"""Who is left out, who gets which content, when it is due and what it costs: exactly."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.rules.campaigns import (
    Answers,
    Button,
    Canary,
    Content,
    Schedule,
    arm_of,
    canary_verdict,
    content_for,
    digest,
    due_at,
    even_arms,
    finish_times,
    held_out,
    in_control,
    plan_from,
    shape_fault,
    share_of,
    stars_tenths,
    time_fault,
)
from core.rules.refusal import Refusal

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def test_the_hash_is_the_one_written_down() -> None:
    first = int(sha256(b"holdout:7:42").hexdigest()[:16], 16)
    assert share_of("holdout", 7, 42) == first % 10_000
    assert [share_of("control", member) for member in (1, 2, 3)] == CONTROL


CONTROL = [int(sha256(f"control:{member}".encode()).hexdigest()[:16], 16) % 10_000 for member in (1, 2, 3)]


def test_shares_are_what_they_say_and_independent_of_each_other() -> None:
    everybody = range(1, 20_001)
    out = [member for member in everybody if held_out(7, member, 500)]
    assert len(out) == 1003
    assert sum(held_out(8, member, 500) for member in out) == 62  # another campaign leaves others out
    assert sum(in_control(member, 100) for member in everybody) == 221
    arms = Counter(arm_of(7, member, {"b": 2_500, "a": 7_500}) for member in everybody)
    assert arms == {"a": 15_070, "b": 4_930}
    assert sum(arm_of(7, member, {"b": 2_500, "a": 7_500}) == "b" for member in out) == 247


@given(st.integers(1, 2**53), st.integers(1, 2**53), st.integers(0, 10_000))
def test_a_larger_share_only_adds_members(campaign: int, member: int, share: int) -> None:
    assert not held_out(campaign, member, 0)
    assert held_out(campaign, member, 10_000)
    assert not held_out(campaign, member, share) or held_out(campaign, member, min(10_000, share + 1))


@given(st.sets(st.sampled_from("abcdefg"), min_size=1))
def test_even_arms_make_a_whole(names: set[str]) -> None:
    arms = even_arms(sorted(names))
    assert sum(arms.values()) == 10_000
    assert max(arms.values()) - min(arms.values()) <= 1


def test_contents_by_arm_and_language() -> None:
    def said(arm: str, language: str) -> Content:
        return Content(arm=arm, language=language, text=f"{arm} {language}")

    contents = [said("a", "zh-Hans"), said("a", "en"), said("b", "zh-Hans"), said("b", "en")]
    assert content_for(contents, "b", "zh-Hans").text == "b zh-Hans"
    assert content_for(contents, "a", "fr").text == "a en"
    assert content_for(contents[:1], "a", "fr").text == "a zh-Hans"
    assert shape_fault(contents, {"a": 9_000, "b": 1_000}) is None
    for arms in ({"a": 10_000}, {"a": 9_000, "b": 900}, {"a": 10_000, "b": 0}, {}):
        assert shape_fault(contents, arms) == Refusal(
            "campaign-arms-invalid", {"arms": sorted(arms), "contents": ["a", "b"]}
        )
    assert shape_fault([*contents, contents[0]], {}) == Refusal(
        "campaign-content-twice", {"arm": "a", "language": "zh-Hans"}
    )
    assert shape_fault(contents[:3], even_arms("ab")) == Refusal(
        "campaign-languages-differ", {"languages": ["en", "zh-Hans"]}
    )


@pytest.mark.parametrize("given_", [{}, {"open": "offers", "url": "https://a"}, {"open": "forget"}, {"url": "ftp://a"}])
def test_a_button_does_one_thing(given_: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Button.model_validate({"text": "Go"} | given_)


def test_buttons_as_deliveries_have_them() -> None:
    rows = [
        Button(text="See", open="offers"),
        Button(text="Claim", claim="o" * 40),
        Button(text="Web", url="https://a"),
    ]
    assert [each.row() for each in rows] == [
        {"text": "See", "data": "offers"}, {"text": "Claim", "data": f"claim:{'o' * 40}"},
        {"text": "Web", "url": "https://a"},
    ]  # fmt: skip


def local(*day_and_time: int) -> Schedule:
    year, month, day, hour, *minute = day_and_time
    return Schedule.model_validate({"local": f"{year}-{month:02}-{day:02}T{hour:02}:{(minute or [0])[0]:02}"})


def test_a_local_time_comes_to_each_zone_in_turn() -> None:
    at_ten = local(2026, 3, 3, 10)
    assert due_at(at_ten, SHANGHAI, NOW) == datetime(2026, 3, 3, 2, tzinfo=UTC)
    assert due_at(at_ten, NEW_YORK, NOW) == datetime(2026, 3, 3, 15, tzinfo=UTC)
    assert plan_from(at_ten, NOW) == datetime(2026, 3, 2, 20, tzinfo=UTC)
    left_out = local(2026, 3, 8, 2, 30)  # the clocks go from 2:00 to 3:00
    assert due_at(left_out, NEW_YORK, NOW) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    at = Schedule(at=datetime(2026, 3, 3, 10, tzinfo=NEW_YORK))
    assert due_at(at, SHANGHAI, NOW) == plan_from(at, NOW) == datetime(2026, 3, 3, 15, tzinfo=UTC)
    assert due_at(Schedule(), SHANGHAI, NOW) == plan_from(Schedule(), NOW) == NOW
    with pytest.raises(ValidationError, match="not both"):
        Schedule(at=NOW, local=local(2026, 3, 3, 10).local)


def test_the_past_and_an_end_before_the_beginning_are_faults() -> None:
    late = Schedule(at=NOW - timedelta(microseconds=1))
    assert time_fault(Schedule(at=NOW), NOW + timedelta(seconds=1), SHANGHAI, NOW) is None
    past = time_fault(late, None, SHANGHAI, NOW)
    assert past == Refusal(
        "campaign-in-the-past", {"at": "2026-03-02T14:59:59.999999+00:00", "now": "2026-03-02T15:00:00+00:00"}
    )
    ends = time_fault(Schedule(), NOW, SHANGHAI, NOW)
    assert ends is not None
    assert ends.reason == "campaign-ends-before"
    assert time_fault(local(2026, 3, 2, 22, 59), None, SHANGHAI, NOW) is not None
    assert time_fault(local(2026, 3, 2, 22, 59), None, NEW_YORK, NOW) is None


def test_the_digest_tells_any_change() -> None:
    agreed = {"contents": [{"text": "熟客"}], "holdout": 500}
    assert digest(agreed) == sha256('{"contents":[{"text":"熟客"}],"holdout":500}'.encode()).hexdigest()
    assert digest(dict(reversed(agreed.items()))) == digest(agreed) != digest(agreed | {"holdout": 501})


@pytest.mark.parametrize(
    ("good", "bad", "open_", "later", "verdict"),
    [
        (0, 0, 100, 0, "wait"),
        (0, 5, 60, 35, "wait"),
        (0, 6, 60, 34, "stop"),  # whatever the others say, it is more than 5 in 100
        (95, 5, 0, 0, "go"),
        (94, 6, 0, 0, "stop"),
        (99, 0, 1, 0, "wait"),
        (48, 2, 0, 50, "go"),
        (47, 2, 0, 51, "wait"),
        (1, 0, 0, 0, "go"),
        (0, 0, 0, 0, "more"),
    ],
)
def test_the_canary(good: int, bad: int, open_: int, later: int, verdict: str) -> None:
    assert canary_verdict(Answers(good, bad, open_, later), Canary(first=100, worst=500)) == verdict


def test_when_each_zone_is_through() -> None:
    hour = timedelta(hours=1)
    waves = [(NOW + hour, 31), (NOW, 30 * 3_600 + 1), (NOW + 9 * hour, 0)]
    assert finish_times(waves, 30) == [
        NOW + hour + timedelta(seconds=3), NOW + hour + timedelta(seconds=1), NOW + 9 * hour,
    ]  # fmt: skip
    assert finish_times([], 30) == []


def test_stars_are_for_what_is_above_thirty_a_second() -> None:
    assert stars_tenths(1_000_000, 30, True) == stars_tenths(1_000_000, 1_000, False) == 0
    assert stars_tenths(1_000, 100, True) == 700
    assert stars_tenths(1_050, 100, True) == 720
    assert stars_tenths(1_020, 100, True) == 700
