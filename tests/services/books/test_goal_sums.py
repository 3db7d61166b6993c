"""What is kept of goals, so that a purchase that reaches none reads nothing of what came before."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from core.db.ledger import accounts
from core.rules.goals import BEGINNING, Fact
from core.services.books.audit import audit
from core.services.books.stored_records import StoredRecords
from core.shop import Shop
from tests.club import publish
from tests.conftest import FrozenClock
from tests.merging import merge
from tests.services.books.reaching import CASHBACK, MORNING, SMALL, held
from tests.shopping import buy, enrol_one, line, proven


def sums_of(shop: Shop, member_id: int) -> dict[str, list[object]] | None:
    with shop.read() as session:
        kept = session.execute(select(accounts.c.goal_sums).where(accounts.c.member_id == member_id)).scalar_one()
    return kept["sums"] if kept else None


def test_a_purchase_that_reaches_nothing_reads_nothing_of_what_came_before(
    goals: Shop, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = enrol_one(goals)
    since: list[datetime] = []
    read = StoredRecords.facts

    def watched(own: StoredRecords, who: int, at: datetime) -> list[Fact]:
        since.append(at)
        return read(own, who, at)

    monkeypatch.setattr(StoredRecords, "facts", watched)
    buy(goals, ann, "a1", line(20_000))
    clock.move(days=1)
    buy(goals, ann, "a2", line(29_900))
    assert (since, sums_of(goals, ann)) == (
        [],
        {"loyal": ["ever", 499, 500], "cashback": ["2026-03-11", 29_900, 30_000], "rebate": ["2026-03", 0, 300]},
    )
    clock.move(hours=1)
    buy(goals, ann, "a3", line(99))
    assert since == []
    clock.move(hours=1)
    buy(goals, ann, "a4", line(100))  # both are reached: the day's alone would be read from its morning on
    assert since == [BEGINNING]
    assert sums_of(goals, ann) == {
        "loyal": ["ever", 500, 900],
        "cashback": ["2026-03-11", 30_099, 60_000],
        "rebate": ["2026-03", 0, 300],
    }
    clock.move(hours=1)
    buy(goals, ann, "a5", line(29_901))
    assert since == [BEGINNING, datetime(2026, 3, 10, 16, tzinfo=UTC)]
    proven(goals)
    publish(goals, SMALL + CASHBACK)
    clock.move(hours=1)
    buy(goals, ann, "a6", line(100))
    assert (len(since), sums_of(goals, ann)) == (3, {"cashback": ["2026-03-11", 60_100, 90_000]})
    proven(goals)


def test_what_a_merged_card_counted_in_spans_that_are_over_keeps_no_sums_away(
    bare_shop: Shop, clock: FrozenClock
) -> None:
    publish(bare_shop, SMALL + CASHBACK)
    clock.set(MORNING)
    ann, bob = enrol_one(bare_shop), enrol_one(bare_shop, "Bob")
    buy(bare_shop, bob, "b1", line(20_000))
    merge(bare_shop, ann, bob)
    buy(bare_shop, ann, "a1", line(9_999))
    assert (sums_of(bare_shop, ann), held(bare_shop, ann, "cashback")) == (None, [])
    clock.move(days=1)
    buy(bare_shop, ann, "a2", line(20_000))
    assert sums_of(bare_shop, ann) == {"cashback": ["2026-03-11", 20_000, 30_000]}
    proven(bare_shop)
    buy(bare_shop, ann, "a3", line(1), at=MORNING)  # late: with what bob bought that day it comes to the first step
    assert held(bare_shop, ann, "cashback:2026-03-10") == ["issued"]
    assert sums_of(bare_shop, ann) == {"cashback": ["2026-03-11", 20_000, 30_000]}
    proven(bare_shop)


def test_audit_finds_sums_that_are_wrong(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    buy(goals, ann, "a1", line(100))
    wrong = {"version": 1, "sums": {"loyal": ["ever", 2, 500]}}
    with goals.write() as session:
        right = session.execute(select(accounts.c.goal_sums).where(accounts.c.member_id == ann)).scalar_one()
        session.execute(update(accounts).where(accounts.c.member_id == ann).values(goal_sums=wrong))
    [found] = audit(goals).differences
    assert (found.what, found.where) == ("goal", "sums")
    assert [json.loads(each) for each in (found.stored, found.proven)] == [wrong, right]
