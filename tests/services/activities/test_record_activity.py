"""What members do besides buying: its points, and no more often than the program says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.program.loading import ProgramError, load
from core.rules.refusal import Refused
from core.services.activities.record_activity import ActivityRecorded, ActivityWish, record_activity
from core.services.common import MemberRef
from core.services.once import Caller
from core.shop import Shop
from core.words import entry_name, explain
from tests.at_once import at_once
from tests.club import publish
from tests.conftest import FrozenClock
from tests.shopping import balance_of, dump, enrol_one, proven

ACTIVITIES = """
[[activities]]
id = "review"
name = { en = "Review", zh-Hans = "评价" }
points = 20
per_day = 2
per_month = 3

[[activities]]
id = "survey"
name = { en = "Survey", zh-Hans = "问卷" }
points = 50
once = true

[[activities]]
id = "share"
name = { en = "Share", zh-Hans = "分享" }
points = 1
"""
SOURCE = (Path(__file__).parent.parent.parent / "small.toml").read_text(encoding="utf-8") + ACTIVITIES
NIGHT = datetime(2026, 3, 30, 15, 59, tzinfo=UTC)  # a minute to midnight in Shanghai


@pytest.fixture
def busy(bare_shop: Shop, clock: FrozenClock) -> Shop:
    publish(bare_shop, SOURCE)
    clock.set(NIGHT)
    return bare_shop


def do(shop: Shop, member_id: int, activity: str, key: str, about: str | None = None) -> ActivityRecorded:
    wish = ActivityWish(member=MemberRef(id=member_id), activity=activity, about=about)
    return record_activity(shop, Caller("till:web", key), wish)


def refused(shop: Shop, member_id: int, activity: str, about: str | None = None) -> tuple[str, dict[str, object]]:
    """Why not; and nothing has changed."""
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        do(shop, member_id, activity, "refused", about)
    assert dump(shop) == before
    return caught.value.refusal.reason, dict(caught.value.refusal.facts)


def test_it_brings_its_points_and_says_so(busy: Shop) -> None:
    ann = enrol_one(busy)
    done = do(busy, ann, "review", "1", "tea")
    assert (done.activity, done.points, done.balance) == ("review", 20, 20)
    (entry,) = done.entries
    assert (entry.kind, entry.rule, entry.points) == ("bonus", "activity:review", 20)
    assert entry.expires_at == datetime(2027, 3, 30, 16, tzinfo=UTC)
    assert entry.explanation["inputs"] == {"activity": "review", "about": "tea"}
    with busy.reading() as (_, program):
        assert entry_name(program, entry, "en", strict=True) == "Review"
        assert explain(program, entry, "en", strict=True) == ["Review (tea): 20 points"]
        assert explain(program, entry, "zh-Hans", strict=True) == ["评价（tea）：20 积分"]
        plain = do(busy, ann, "share", "2").entries[0]
        assert explain(program, plain, "en", strict=True) == ["Share: 1 point"]
    assert do(busy, ann, "review", "1", "tea") == done
    assert balance_of(busy, ann).active == 21
    proven(busy)


def test_a_day_and_a_month_end_in_the_programs_zone(busy: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(busy)
    do(busy, ann, "review", "1")
    do(busy, ann, "review", "2")
    assert refused(busy, ann, "review") == ("activity-limit-day", {"activity": "review", "limit": 2})
    clock.move(minutes=1)
    do(busy, ann, "review", "3")
    assert refused(busy, ann, "review") == ("activity-limit-month", {"activity": "review", "limit": 3})
    clock.move(days=1)
    assert do(busy, ann, "review", "4").balance == 80
    proven(busy)


def test_once_is_once(busy: Shop, clock: FrozenClock) -> None:
    ann, bob = enrol_one(busy, "Ann"), enrol_one(busy, "Bob")
    do(busy, ann, "survey", "1")
    clock.move(days=800)
    assert refused(busy, ann, "survey") == ("activity-once", {"activity": "survey"})
    assert do(busy, bob, "survey", "2").balance == 50


def test_the_same_thing_counts_once(busy: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(busy)
    do(busy, ann, "review", "1", "tea")
    clock.move(days=40)
    assert refused(busy, ann, "review", "tea") == ("activity-done-already", {"activity": "review", "about": "tea"})
    assert do(busy, ann, "review", "2", "cup").points == 20


def test_unknown_ones_are_refused(busy: Shop) -> None:
    ann = enrol_one(busy)
    known = ["review", "survey", "share"]
    assert refused(busy, ann, "revue") == ("activity-unknown", {"activity": "revue", "known": known})
    assert refused(busy, ann + 1, "review")[0] == "unknown-member"


def test_sixty_four_reports_at_once_count_as_often_as_they_may(busy: Shop) -> None:
    ann = enrol_one(busy)
    done, reasons = at_once(lambda number: do(busy, ann, "review", f"k{number}"))
    assert (len(done), reasons) == (2, {"activity-limit-day": 62})
    assert balance_of(busy, ann).active == 40
    proven(busy)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("once = true", "once = true\nper_day = 1", "per_day does nothing beside once; keep one of the two"),
        (
            "per_month = 3",
            "per_month = 1",
            "2 a day are never reached with 1 a month; lower per_day or raise per_month",
        ),
        ("points = 20\nper_day", "points = 0\nper_day", "activities[review].points"),
        ('id = "share"', 'id = "review"', 'there are two of "review"; give each activity an id of its own'),
        (', zh-Hans = "问卷"', "", 'there is no text in "zh-Hans"'),
    ],
)
def test_what_contradicts_itself_is_told(old: str, new: str, message: str) -> None:
    with pytest.raises(ProgramError) as caught:
        load(SOURCE.replace(old, new), "club")
    (fault,) = caught.value.faults
    assert message in str(fault)
