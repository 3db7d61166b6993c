"""Who still comes, month by month, and how far members have come."""

from __future__ import annotations

from datetime import date

from core.insight.member_report import Cell, Month, Rung, as_csv, member_report
from core.services.segments.refresh_facts import refresh_facts
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import bring_back, buy, enrol_one, line


def test_months_stages_and_the_ladder(small_shop: Shop, clock: FrozenClock) -> None:
    ann, ben = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Ben")
    enrol_one(small_shop, "Cleo")
    buy(small_shop, ann, "1", line(1_000))
    buy(small_shop, ann, "2", line(1_000))
    buy(small_shop, ben, "3", line(1_000))
    clock.move(days=20)
    buy(small_shop, ben, "4", line(1_000))
    clock.move(days=20)
    back = buy(small_shop, ann, "5", line(1_000))
    bring_back(small_shop, back.id, "r5", {"tea": 1})
    refresh_facts(small_shop, whole=True)
    with small_shop.read() as session:
        told = member_report(small_shop, session, months=3)
    assert told.months == [
        Month(since=date(2026, 1, 12), until=date(2026, 2, 12), members=0, change=None),
        Month(since=date(2026, 2, 12), until=date(2026, 3, 12), members=2, change=2),
        Month(since=date(2026, 3, 12), until=date(2026, 4, 12), members=1, change=-1),
    ]
    assert told.stages == {"joined": 1, "new": 1, "active": 1, "silent": 0, "lost": 0, "closed": 0}
    assert told.ladder[:2] == [Rung(visits=1, members=1), Rung(visits=2, members=1)]
    assert told.cells == [
        Cell(recency=3, frequency=1, monetary=1, members=1), Cell(recency=1, frequency=1, monetary=1, members=1)
    ]  # fmt: skip
    assert as_csv(told).splitlines()[:4] == [
        "what,which,members",
        "month,2026-01-12 to before 2026-02-12,0",
        "month,2026-02-12 to before 2026-03-12,2",
        "month,2026-03-12 to before 2026-04-12,1",
    ]
    assert told.as_of == clock.now()
