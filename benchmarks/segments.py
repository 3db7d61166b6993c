"""What is known of everybody, refreshed and asked, in a process of its own: members per second, memory, seconds.

`python -m benchmarks.segments DATABASE_FILE COUNT` is that process.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import func, insert, literal, select

from benchmarks.crowd import fill
from benchmarks.journey import peak_megabytes
from benchmarks.rows import Row
from benchmarks.shops import NOW, measured_apart, open_shop
from core.db.members import members
from core.db.purchases import purchase_lines, purchases
from core.insight.segments import preview
from core.program.filters import Filter
from core.services.once import Caller
from core.services.segments.refresh_facts import refresh_facts
from core.services.segments.save_segment import SegmentDraft, save_segment
from core.shop import Shop

MOST_SECONDS = 1.0
MOST_MEGABYTES = 200
MANY = 1_000_000
PURCHASES_EACH = 2
CHUNK = 100_000
TIMES = 5

SILENT = {"fact": "days_since_purchase", "is": "at_least", "value": 60}
ASKED = {
    "all": [
        {"any": [SILENT, {"fact": "spend_365", "is": "at_least", "value": 50_000}]},
        {"fact": "tier", "is": "at_most", "value": "gold"},
        {"not": {"fact": "monetary", "is": "equal", "value": 1}},
        {"fact": "category", "is": "any_of", "value": ["grocery", "produce"]},
    ]
}
SAVED = {
    "Silent": SILENT,
    "Best": {"fact": "monetary", "is": "equal", "value": 5},
    "Reachable": {"fact": "allow_offers", "is": "equal", "value": True},
}


def asked(quick: bool) -> list[Row]:
    """Of members who each bought twice."""
    count = 1_000 if quick else MANY
    measured = measured_apart("benchmarks.segments", _fill, count)
    return [
        Row(f"facts of {count:,} members", count / measured["refresh_seconds"], "members/s"),
        Row("peak memory of refreshing them", measured["peak_megabytes"], "MB", MOST_MEGABYTES, at_most=True),
        Row(f"preview over {count:,} members", measured["preview_seconds"], "s", MOST_SECONDS, at_most=True),
    ]


def _fill(shop: Shop, count: int) -> None:
    fill(shop, count)
    for first in range(1, count + 1, CHUNK):
        with shop.write() as session:
            for round_ in range(PURCHASES_EACH):
                session.execute(_purchases(first, first + CHUNK, round_))
    with shop.write() as session:
        columns = {"number": 1, "sku": "tea", "category": "grocery", "quantity": 1, "regular_price": 0}
        values: dict[str, Any] = {name: literal(value, purchase_lines.c[name].type) for name, value in columns.items()}
        values |= {"purchase_id": purchases.c.id, "unit_price": purchases.c.total}
        session.execute(insert(purchase_lines).from_select(list(values), select(*values.values())))


def _purchases(first: int, last: int, round_: int) -> Any:
    """One each, of amounts that differ."""
    given = {
        "occurred_at": NOW - timedelta(days=20 + 40 * round_),
        "recorded_at": NOW,
        "store": "north",
        "channel": "shop",
        "refunded": 0,
        "tier": "regular",
        "program_version": 1,
    }
    values: dict[str, Any] = {name: literal(value, purchases.c[name].type) for name, value in given.items()}
    values |= {
        "external_id": literal(f"{round_}-") + func.printf("%08d", members.c.id),
        "member_id": members.c.id,
        "total": members.c.id * 7919 % 100_000,
    }
    someone = members.c.id >= first, members.c.id < last
    return insert(purchases).from_select(list(values), select(*values.values()).where(*someone))


def _measure(file: str, count: int) -> dict[str, float]:
    shop = open_shop(f"sqlite:///{file}")
    for name, filter_ in SAVED.items():
        save_segment(shop, Caller("bench", name), SegmentDraft(name=name, filter=Filter.model_validate(filter_)))
    before = perf_counter()
    assert refresh_facts(shop, whole=True).members == count
    refreshed, peak = perf_counter() - before, peak_megabytes()
    times = []
    for _ in range(TIMES):
        before = perf_counter()
        with shop.read() as session:
            found = preview(shop, session, Filter.model_validate(ASKED))
        times.append(perf_counter() - before)
    assert 0 < found.members < count
    shop.database.dispose()
    return {"refresh_seconds": refreshed, "peak_megabytes": peak, "preview_seconds": sorted(times)[TIMES // 2]}


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
