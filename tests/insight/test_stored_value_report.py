"""The report of stored value: every unit that came and went, by store, and what is owed before and after."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.insight.stored_value_report import Flows, StoredValueReport, Sums, as_csv, report
from core.rules.refusal import Refused
from core.services.books.run_due import run_due
from core.shop import Shop
from tests.club import publish
from tests.conftest import FrozenClock
from tests.shopping import enrol_one
from tests.stored_value import PREPAID, adds_up, gets_back, pays, takes_back, tops_up


def of(shop: Shop, since: date | None = None, until: date | None = None) -> StoredValueReport:
    with shop.read() as session:
        found = report(shop, session, since, until)
    adds_up(found)
    return found


def test_a_year_of_two_stores(bare_shop: Shop, clock: FrozenClock) -> None:
    publish(bare_shop, PREPAID)
    ann, bob = enrol_one(bare_shop, "Ann"), enrol_one(bare_shop, "Bob")
    tops_up(bare_shop, ann, "T1", 50_000)
    paid = pays(bare_shop, ann, "R1", 52_000, store="south")
    clock.set(datetime(2026, 3, 31, 16, tzinfo=UTC))  # 1 April begins in the shop
    gets_back(bare_shop, paid.id, "B1", 3_000, store="south")
    done = tops_up(bare_shop, bob, "T2", 10_000, store="south")
    takes_back(bare_shop, done.id, "B2", 4_000, cause="correction")
    takes_back(bare_shop, done.id, "B3", 6_000)
    march, april = of(bare_shop, date(2026, 3, 1), date(2026, 4, 1)), of(bare_shop)
    assert (march.at_start, march.at_end) == (Sums(), Sums(paid_in=0, bonus=5_500))
    assert (april.since, april.until, april.at_start) == (date(2026, 4, 1), date(2026, 4, 2), march.at_end)
    assert april.at_end == Sums(paid_in=1_000, bonus=7_500)
    assert march.stores == [
        Flows(store="north", top_ups=1, topped_up=50_000, bonus_given=7_500),
        Flows(store="south", payments=1, spent=Sums(paid_in=50_000, bonus=2_000)),
    ]
    assert april.stores == [
        Flows(store="north", paid_out=6_000, corrected=4_000, bonus_withdrawn=1_000),
        Flows(store="south", top_ups=1, topped_up=10_000, bonus_given=1_000, refunded=Sums(paid_in=1_000, bonus=2_000)),
    ]
    clock.set(datetime(2027, 3, 2, 16, tzinfo=UTC))
    unswept = of(bare_shop, date(2027, 3, 1), date(2027, 4, 1))
    assert unswept.stores == [Flows(store=None, lapsed=7_500)]
    assert of(bare_shop, date(2027, 4, 1), date(2027, 5, 1)).total == Flows(store=None)
    run_due(bare_shop)
    assert of(bare_shop, date(2027, 3, 1), date(2027, 4, 1)) == unswept
    assert of(bare_shop, date(2026, 3, 1), date(2028, 1, 1)).at_end == Sums(paid_in=1_000)


def test_an_empty_shop_and_a_period_without_a_day(bare_shop: Shop) -> None:
    publish(bare_shop, PREPAID)
    empty = of(bare_shop)
    assert (empty.currency, empty.stores, empty.total) == ("CNY", [], Flows(store=None))
    assert as_csv(empty).splitlines() == [
        "since,until,currency,row,store,top_ups,topped_up,bonus_given,payments,spent_paid_in,spent_bonus,"
        "refunded_paid_in,refunded_bonus,paid_out,corrected,bonus_withdrawn,lapsed,written_off,"
        "at_start_paid_in,at_start_bonus,at_end_paid_in,at_end_bonus",
        "2026-03-01,2026-03-03,CNY,total,,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
    ]
    with pytest.raises(Refused, match="report-period-invalid"):
        of(bare_shop, date(2026, 3, 2), date(2026, 3, 2))
