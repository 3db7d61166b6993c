"""Caps per day and per month on an earning rule, whatever order purchases and refunds come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.db.ledger import entries
from core.program.loading import ProgramError, load
from core.services.purchases.refund import RefundResult
from core.shop import Shop
from core.words import entry_name, explain
from core.words.texts import LANGUAGES
from tests.club import publish
from tests.conftest import FrozenClock
from tests.shopping import STORIES, balance_of, bring_back, buy, enrol_one, line, proven

SMALL = (Path(__file__).parent.parent.parent / "small.toml").read_text(encoding="utf-8")
CAPPED = SMALL.replace("points = 1\nper = 100\n", "points = 1\nper = 100\ncap_per_day = 100\ncap_per_month = 250\n", 1)
MORNING = datetime(2026, 3, 10, 0, tzinfo=UTC)  # 8 in Shanghai


@pytest.fixture
def capped(bare_shop: Shop, clock: FrozenClock) -> Shop:
    publish(bare_shop, CAPPED)
    clock.set(MORNING)
    return bare_shop


def base_of(shop: Shop, member_id: int) -> int:
    """What the capped rule has brought in all."""
    query = select(func.sum(entries.c.points)).where(entries.c.member_id == member_id, entries.c.rule == "base")
    with shop.read() as session:
        return int(session.execute(query).scalar_one())


def test_a_day_brings_no_more_than_its_cap(capped: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(capped)
    given_points = []
    for number in range(3):
        clock.move(hours=1)
        given_points.append(buy(capped, ann, f"a{number}", line(4_500)).entries[0])
    assert [entry.points for entry in given_points] == [45, 45, 10]
    assert [entry.explanation["caps"] for entry in given_points] == [
        [],
        [],
        [{"cap": "day", "limit": 100, "before": 90, "points": 10}],
    ]
    clock.set(MORNING + timedelta(hours=15, minutes=59))
    assert buy(capped, ann, "late-night", line(4_500)).entries[0].points == 0
    clock.move(minutes=1)
    assert buy(capped, ann, "next-day", line(4_500)).entries[0].points == 45
    proven(capped)


def test_a_month_brings_no_more_than_its_cap(capped: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(capped)
    brought = []
    for number in range(4):
        clock.move(days=1)
        brought.append(buy(capped, ann, f"a{number}", line(20_000)).entries[0])
    assert [entry.points for entry in brought] == [100, 100, 50, 0]
    assert brought[2].explanation["caps"] == [
        {"cap": "day", "limit": 100, "before": 0, "points": 100},
        {"cap": "month", "limit": 250, "before": 200, "points": 50},
    ]
    clock.set(datetime(2026, 3, 31, 16, tzinfo=UTC))
    assert buy(capped, ann, "april", line(20_000)).entries[0].points == 100
    proven(capped)


def test_a_refund_makes_room_for_the_purchases_after_it(capped: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(capped)
    first = buy(capped, ann, "a1", line(4_000))
    clock.move(hours=1)
    buy(capped, ann, "a2", line(8_000))
    clock.move(days=1)
    back = bring_back(capped, first.id, "r1", amount=4_000)
    assert [(entry.kind, entry.rule, entry.points) for entry in back.entries] == [
        ("reversal", "base", -40),
        ("adjustment", "base", 20),
    ]
    assert back.entries[1].explanation["steps"][-1] == {"do": "recapped", "due": 80, "posted": 60}
    assert base_of(capped, ann) == 80
    proven(capped)


def test_a_refund_of_what_the_cap_cut_takes_only_what_was_given(capped: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(capped)
    buy(capped, ann, "a1", line(9_000))
    clock.move(hours=1)
    second = buy(capped, ann, "a2", line(8_000))
    untouched = bring_back(capped, second.id, "r1", amount=5_000)
    assert [entry.points for entry in untouched.entries] == [0]
    taken = bring_back(capped, second.id, "r2", amount=2_500)
    assert [entry.points for entry in taken.entries] == [-5]
    assert taken.entries[0].explanation["steps"] == [
        {"do": "worth", "granted": 10, "worth": 5, "posted": 10, "reversed": 5}
    ]
    proven(capped)


@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_any_order_of_arrival_ends_in_the_same_place(
    capped: Shop, clock: FrozenClock, arrival: tuple[int, ...]
) -> None:
    """The third purchase lifts the member to silver, whose rate the fourth has; the month's cap meets the last."""
    bought = [(0, 6_000), (1, 8_000), (30, 90_000), (50, 7_000)]
    ann = enrol_one(capped)
    clock.move(days=10)
    for number in arrival:
        hours, amount = bought[number]
        buy(capped, ann, f"a{number}", line(amount), at=MORNING + timedelta(hours=hours))
    assert base_of(capped, ann) == 100 + 100 + 50
    assert balance_of(capped, ann).active == 250 + 100
    proven(capped)


drawn = st.lists(
    st.tuples(st.integers(0, 70), st.integers(100, 16_000)), min_size=2, max_size=6, unique_by=lambda each: each[0]
)
_names = iter(range(1_000_000))


def returned(shop: Shop, ids: dict[int, int], name: str, hour: int, amount: int) -> RefundResult:
    return bring_back(shop, ids[hour], f"{name}-r{hour}", amount=amount)


@STORIES
@given(bought=drawn, data=st.data())
def test_a_cap_is_held_whatever_comes_when(
    capped: Shop, clock: FrozenClock, bought: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Against the sum reckoned from scratch: in order, each day and the month up to its cap, of what was kept."""
    clock.set(MORNING + timedelta(days=5))
    name = f"{next(_names)}"
    ann = enrol_one(capped, name, joined_at=MORNING)
    ids: dict[int, int] = {}
    back: dict[int, int] = {}
    for hour, amount in data.draw(st.permutations(bought)):
        at = MORNING + timedelta(hours=hour)
        ids[hour] = buy(capped, ann, f"{name}-{hour}", line(amount, "grocery"), at=at).id
        if data.draw(st.booleans()):
            back[hour] = data.draw(st.integers(1, amount))
            returned(capped, ids, name, hour, back[hour])
    left_of_day: dict[object, int] = {}
    left, total = 250, 0
    for hour, amount in sorted(bought):
        day = (MORNING + timedelta(hours=hour + 8)).date()
        kept = amount - back.get(hour, 0)
        granted = amount // 100
        worth = granted if kept == amount else min(granted, kept // 100)
        part = min(worth, left_of_day.get(day, 100), left)
        left_of_day[day] = left_of_day.get(day, 100) - part
        left, total = left - part, total + part
    assert base_of(capped, ann) == total
    proven(capped)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_said(capped: Shop, clock: FrozenClock, language: str) -> None:
    ann = enrol_one(capped)
    clock.move(days=3)
    first = buy(capped, ann, "a1", line(20_000), at=MORNING)
    buy(capped, ann, "a2", line(20_000), at=MORNING + timedelta(hours=1))
    bring_back(capped, first.id, "r1", amount=20_000)
    buy(capped, ann, "a0", line(9_000), at=MORNING - timedelta(hours=1))
    with capped.reading() as (session, program):
        rows = session.execute(select(entries).order_by(entries.c.id)).all()
    done = {step["do"] for row in rows for step in row.explanation["steps"]}
    assert {"recapped", "worth", "round"} <= done
    assert {cap["cap"] for row in rows for cap in row.explanation["caps"]} == {"day"}
    for row in rows:
        said = [entry_name(program, row, language, strict=True), *explain(program, row, language, strict=True)]
        assert all(each and "{" not in each and "…" not in each for each in said)


def test_caps_that_contradict_each_other_are_told() -> None:
    with pytest.raises(ProgramError, match=r"100 a day are never reached with 50 a month; lower cap_per_day or raise"):
        load(CAPPED.replace("cap_per_month = 250", "cap_per_month = 50"), "club")
