"""Facts are what the books say, whole and piece by piece."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlmodel import Session

from core.db import fact_queries as queries
from core.db.facts import member_categories, member_facts
from core.db.inserting import insert_into
from core.services.common import MemberRef
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.services.segments import refresh_facts as refreshing
from core.services.segments.refresh_facts import refresh_facts
from core.shop import Shop
from tests.at_once import at_once
from tests.conftest import FrozenClock
from tests.shopping import bring_back, buy, enrol_one, line

BO = "staff:bo"
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def fact_of(shop: Shop, member_id: int) -> dict[str, Any]:
    with shop.read() as session:
        row = session.execute(select(member_facts).where(member_facts.c.member_id == member_id)).one()
    return dict(row._mapping)


def known(shop: Shop) -> list[int]:
    with shop.read() as session:
        return list(session.execute(select(member_facts.c.member_id).order_by(member_facts.c.member_id)).scalars())


def categories_of(shop: Shop, member_id: int) -> list[tuple[Any, ...]]:
    columns = ("category", "purchases", "spend", "last_at")
    query = select(*(member_categories.c[name] for name in columns)).where(member_categories.c.member_id == member_id)
    with shop.read() as session:
        return [tuple(row) for row in session.execute(query.order_by(member_categories.c.category))]


def test_a_member_who_bought_and_brought_back(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop, "Ann", birthday=date(1990, 5, 31), store="North", consents=["offers"])
    clock.move(days=1)
    first = clock.now()
    buy(small_shop, ann, "1", line(20_000), line(1_000, "fresh/fruit", 5, "apple"))
    clock.move(days=20)
    second = buy(small_shop, ann, "2", line(9_000, "fresh/fish"))
    clock.move(days=20)
    gone = buy(small_shop, ann, "3", line(4_000))
    bring_back(small_shop, gone.id, "r3", {"tea": 1})
    bring_back(small_shop, second.id, "r2", amount=1_000)
    report = refresh_facts(small_shop, whole=True)
    assert (report.members, report.whole, report.as_of) == (1, True, clock.now())
    fact = fact_of(small_shop, ann)
    assert fact == {
        "member_id": ann, "tier": "basic", "balance": 560, "allow_offers": True, "has_chat": False, "blocked": False,
        "stage": "active", "recency": 1, "frequency": 1, "monetary": 1, "visits": 2, "purchases": 2, "spend": 33_000,
        "purchases_30": 1, "spend_30": 8_000, "purchases_90": 2, "spend_90": 33_000, "purchases_180": 2,
        "spend_180": 33_000, "purchases_365": 2, "spend_365": 33_000, "qualifying_spend": 33_000,
        "qualifying_points": 460, "rhythm": None, "birthday_month": 5, "allow_care": False, "allow_statement": False,
        "language": "en", "style": None, "last_purchase_at": first + timedelta(days=20), "first_purchase_at": first,
        "joined_at": START, "categories": ",fresh,grocery,", "city": None, "store": "North",
        "last_store": "main-street", "zone": None, "as_of": clock.now(),
    }  # fmt: skip
    assert categories_of(small_shop, ann) == [
        ("fresh", 2, 14_000, first + timedelta(days=20)),
        ("grocery", 1, 20_000, first),
    ]


def test_only_who_changed_is_refreshed_and_late_writers_are_seen_twice(small_shop: Shop, clock: FrozenClock) -> None:
    ann, ben = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Ben")
    assert refresh_facts(small_shop).whole  # the first one always
    clock.move(minutes=3)
    buy(small_shop, ann, "1", line(20_000))
    assert refresh_facts(small_shop).members == 1
    assert (fact_of(small_shop, ann)["spend"], fact_of(small_shop, ann)["as_of"]) == (20_000, clock.now())
    assert fact_of(small_shop, ben)["as_of"] == START
    assert refresh_facts(small_shop).members == 1  # the marks are not two minutes old
    clock.move(minutes=3)
    cleo = enrol_one(small_shop, "Cleo")
    assert refresh_facts(small_shop).members == 2
    clock.move(minutes=3)
    assert refresh_facts(small_shop).members == 1
    clock.move(minutes=3)
    assert refresh_facts(small_shop).members == 0
    assert known(small_shop) == [ann, ben, cleo]


def test_what_the_books_do_not_tell_is_noted(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop, "Ann")
    refresh_facts(small_shop)
    clock.move(minutes=3)
    refresh_facts(small_shop)
    clock.move(minutes=3)
    wish = MemberChange(member_id=ann, style="calm", city="Ulm", allow_offers=True)
    update_member(small_shop, Caller("telegram:1", "change"), wish)
    assert refresh_facts(small_shop).members == 1
    fact = fact_of(small_shop, ann)
    assert (fact["style"], fact["city"], fact["allow_offers"]) == ("calm", "Ulm", True)
    assert refresh_facts(small_shop).members == 0  # the note is gone


def test_who_is_merged_or_forgotten_has_no_facts_and_the_kept_one_has_both(
    small_shop: Shop, clock: FrozenClock
) -> None:
    ann, ben, cleo = (enrol_one(small_shop, name) for name in ("Ann", "Ben", "Cleo"))
    buy(small_shop, ann, "1", line(20_000))
    buy(small_shop, ben, "2", line(5_000, "fresh/fish"))
    refresh_facts(small_shop)
    clock.move(minutes=3)
    wish = Merge(keep=MemberRef(id=ann), other=MemberRef(id=ben), reason="one person")
    merge_members(small_shop, Caller(BO, "merge"), wish)
    forget_member(small_shop, Caller(BO, "forget"), Forget(member_id=cleo))
    assert known(small_shop) == [ann, ben]  # a person's data goes at once
    refresh_facts(small_shop)
    assert known(small_shop) == [ann]
    fact = fact_of(small_shop, ann)
    assert (fact["purchases"], fact["spend"], fact["visits"]) == (2, 25_000, 1)
    assert [row[:3] for row in categories_of(small_shop, ann)] == [("fresh", 1, 5_000), ("grocery", 1, 20_000)]
    assert categories_of(small_shop, ben) == []


def test_fifths_rhythm_and_stages_compare_with_the_others(
    small_shop: Shop, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk of two, so that five members take three."""
    monkeypatch.setattr(refreshing, "CHUNK", 2)
    ids = [enrol_one(small_shop, f"Member {number}") for number in range(1, 7)]
    for day in range(5):
        for place, member_id in enumerate(ids[1:]):  # the second buys once, the sixth on five days
            if place >= 4 - day:
                buy(small_shop, member_id, f"{day}-{place}", line(1_000))
        clock.move(days=20)
    assert refresh_facts(small_shop, whole=True).members == 6
    facts = [fact_of(small_shop, each) for each in ids]
    assert [each["visits"] for each in facts] == [0, 1, 2, 3, 4, 5]
    assert [each["frequency"] for each in facts] == [None, 1, 2, 3, 4, 5]
    assert [each["monetary"] for each in facts] == [None, 1, 2, 3, 4, 5]
    assert {each["recency"] for each in facts[1:]} == {1}  # all bought last on one day
    assert [each["rhythm"] for each in facts] == [None, None, None, 20, 20, 20]
    clock.move(days=21)  # 41 days since the last purchase: twice the shop's rhythm, which is 20 days too, are over
    refresh_facts(small_shop, whole=True)
    assert [fact_of(small_shop, each)["stage"] for each in ids] == ["joined", *["silent"] * 5]
    buy(small_shop, ids[1], "back", line(9_000))
    refresh_facts(small_shop)
    back = fact_of(small_shop, ids[1])
    assert (back["stage"], back["recency"], back["monetary"], back["frequency"]) == ("active", 5, 5, 2)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite's writers take turns
def test_whoever_looks_first_is_not_alone(
    small_shop: Shop, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler begins with what is done each minute and what is done each night at once."""
    ann, both = enrol_one(small_shop), Barrier(2)

    def when_both_found_none(session: Session, table: Table) -> Any:
        both.wait(timeout=60)
        return insert_into(session, table)

    monkeypatch.setattr(queries, "insert_into", when_both_found_none)
    given, _ = at_once(lambda number: refresh_facts(small_shop, whole=number == 0), 2)
    assert [(each.members, each.as_of) for each in given] == [(1, clock.now())] * 2
    assert known(small_shop) == [ann]
