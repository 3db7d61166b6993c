"""One day of all journeys for a shop's members, planned in a process of its own, beside a bare scan of their facts.

`python -m benchmarks.care DATABASE_FILE COUNT` is that process.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from datetime import timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import case, func, insert, literal, select, text, update

from benchmarks.crowd import fill
from benchmarks.journey import peak_megabytes
from benchmarks.rows import Row
from benchmarks.shops import NOW, StandingClock, measured_apart, open_shop
from core.db.facts import member_facts
from core.db.ledger import accounts, lots
from core.db.members import members
from core.db.purchases import purchases
from core.services.care.plan_care import plan_care
from core.services.segments.refresh_facts import refresh_facts
from core.shop import Shop

MOST_RATIO = 10.0
MOST_MEGABYTES = 300
MANY = 1_000_000
FETCHED = 5_000
YEAR = 365
DAY = timedelta(days=1)
ZONES = ("Europe/London", "Asia/Shanghai", "Pacific/Honolulu")
LATELY_SILENT = 500  # one member in so many has just fallen silent
BOUGHT = 50  # one in so many bought on the day


def planned(quick: bool) -> list[Row]:
    """With birthdays, joining days and lapsing points spread over the year, and a tenth of them in other zones."""
    count = 2_000 if quick else MANY
    measured = measured_apart("benchmarks.care", _fill, count)
    ratio = measured["plan_seconds"] / measured["scan_seconds"]
    return [
        Row(f"a day of care for {count:,} members", measured["plan_seconds"], "s"),
        Row("messages planned", measured["messages"], "rows"),
        Row("planning over a bare scan of facts", ratio, "ratio", None if quick else MOST_RATIO, at_most=True),
        Row("peak memory of planning care", measured["peak_megabytes"], "MB", MOST_MEGABYTES, at_most=True),
    ]


def _fill(shop: Shop, count: int) -> None:
    fill(shop, count)
    day = members.c.id % YEAR
    zone = case(*((members.c.id % 30 == place, name) for place, name in enumerate(ZONES)), else_=None)
    with shop.write() as session:
        session.execute(
            update(members).values(
                birthday_md=(day % 12 + 1) * 100 + day % 28 + 1,
                joined_at=func.strftime("%Y-%m-%d 12:00:00.000000", text(f"'{NOW:%Y-%m-%d}'"), _ago(day + YEAR)),
                zone=zone,
            )
        )
        later = func.strftime("%Y-%m-%d 05:00:00.000000", text(f"'{NOW:%Y-%m-%d}'"), _ahead(lots.c.member_id % YEAR))
        session.execute(update(lots).values(expires_at=later))
        soonest = (
            select(func.min(lots.c.expires_at))
            .where(lots.c.member_id == accounts.c.member_id, lots.c.remaining > 0)
            .scalar_subquery()
        )
        session.execute(update(accounts).values(next_due_at=soonest))
        session.execute(_bought())
    refresh_facts(shop, whole=True)
    with shop.write() as session:
        silent = case((member_facts.c.member_id % LATELY_SILENT == 0, "silent"), else_="active")
        session.execute(update(member_facts).values(stage=silent))


def _ago(days: Any) -> Any:
    return func.printf("-%d days", days)


def _ahead(days: Any) -> Any:
    return func.printf("+%d days", days)


def _bought() -> Any:
    given = {
        "occurred_at": NOW - DAY / 2,
        "recorded_at": NOW - DAY / 2,
        "store": "north",
        "channel": "shop",
        "refunded": 0,
        "total": 2590,
        "tier": "regular",
        "program_version": 1,
    }
    values: dict[str, Any] = {name: literal(value, purchases.c[name].type) for name, value in given.items()}
    values |= {"external_id": func.printf("%08d", members.c.id), "member_id": members.c.id}
    someone = members.c.id % BOUGHT == 0
    return insert(purchases).from_select(list(values), select(*values.values()).where(someone))


def _measure(file: str, count: int) -> dict[str, float]:
    plan_care(open_shop(f"sqlite:///{file}"))  # journeys begin here
    shop = Shop(open_shop(f"sqlite:///{file}").database, StandingClock(NOW + DAY))
    before = perf_counter()
    report = plan_care(shop)
    took, peak = perf_counter() - before, peak_megabytes()
    assert report.planned > count // YEAR
    scans = [_scan(file, count) for _ in range(3)]
    shop.database.dispose()
    return {
        "plan_seconds": took,
        "scan_seconds": sorted(scans)[1],
        "peak_megabytes": peak,
        "messages": report.planned + sum(report.skipped.values()),
    }


def _scan(file: str, count: int) -> float:
    """The driver alone reads every fact of everybody."""
    before, seen = perf_counter(), 0
    with sqlite3.connect(file) as connection:
        cursor = connection.execute("SELECT * FROM member_fact")
        while rows := cursor.fetchmany(FETCHED):
            seen += len(rows)
    assert seen == count
    return perf_counter() - before


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
