"""A year of 100,000 members replayed under the program in force: purchases per second, peak memory, and the time it
takes over that of posting the same purchases live.

`python -m benchmarks.replaying DATABASE_FILE` is the process whose memory is measured.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import Column, Table, func, select

from benchmarks.baskets import basket_line
from benchmarks.journey import peak_megabytes
from benchmarks.rows import Row
from benchmarks.shops import NOW, PROGRAM
from core.db.database import Database
from core.db.ledger import accounts, allocations, entries, lots, tier_changes
from core.db.members import members
from core.db.migrating import upgrade
from core.db.purchases import purchase_lines, purchases
from core.program.loading import load_file
from core.services.common import MemberRef
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.programs.publish_program import ensure_program
from core.services.purchases.record_purchase import PurchaseOrder, record_purchase
from core.services.replaying.processes import processors
from core.services.replaying.replay import outcomes
from core.shop import Shop

MOST_MEGABYTES = 1000
MOST_OF_LIVE = 0.2
MEMBERS = 100_000
POSTED = 500
BOUGHT = 15
"""Purchases of a member in the year, each of about three lines."""
COPIED = [members, accounts, purchases, purchase_lines, entries, lots, allocations, tier_changes]


@dataclass
class MovingClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


def beside_live(quick: bool) -> list[Row]:
    """Some members' purchases are posted live; their rows are copied until there are members enough, and replayed."""
    posted, all_members = (10, 100) if quick else (POSTED, MEMBERS)
    with TemporaryDirectory(prefix="regulars-bench-") as folder:
        file = f"{folder}/year.db"
        live = _post(file, posted) / (posted * BOUGHT)
        _multiply(file, all_members // posted)
        command = [sys.executable, "-m", "benchmarks.replaying", file]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    whole = json.loads(done.stdout)
    again = whole["seconds"] / whole["purchases"]
    return [
        Row("purchases posted live", 1 / live, "purchases/s"),
        Row("members replayed", whole["members"], "members"),
        Row("replay of their year", 1 / again, "purchases/s"),
        Row("peak memory of the replay", whole["peak_megabytes"], "MB", MOST_MEGABYTES, at_most=True),
        Row("replay over live posting", again / live, "ratio", MOST_OF_LIVE, at_most=True),
    ]


def _shop(file: str, at: datetime) -> tuple[Shop, MovingClock]:
    clock = MovingClock(at)
    return Shop(Database(f"sqlite:///{file}"), clock), clock


def _post(file: str, count: int) -> float:
    """Seconds that the purchases of so many members took, each posted as it happened."""
    random, begin = Random(4), NOW - timedelta(days=365)
    shop, clock = _shop(file, begin)
    upgrade(shop.database)
    ensure_program(shop, PROGRAM)
    ids = [_enrol(shop, random, number) for number in range(count)]
    bought = sorted((random.random(), random.choice(ids)) for _ in range(count * BOUGHT))
    orders = [
        _order(random, str(place), member, begin + when * (NOW - begin)) for place, (when, member) in enumerate(bought)
    ]
    before = perf_counter()
    for order in orders:
        clock.at = order.occurred_at
        record_purchase(shop, Caller("till:bench", f"purchase:{order.external_id}"), order)
    seconds = perf_counter() - before
    shop.database.dispose()
    return seconds


def _enrol(shop: Shop, random: Random, number: int) -> int:
    form = EnrolForm(name=f"Member {number}", birthday=date(1980, random.randrange(1, 13), 1))
    return enrol(shop, Caller("bench", f"member:{number}"), form).id


def _order(random: Random, external_id: str, member: int, at: datetime) -> PurchaseOrder:
    return PurchaseOrder(
        external_id=external_id,
        member=MemberRef(id=member),
        occurred_at=at,
        store="store-1",
        channel="shop",
        lines=[basket_line(random) for _ in range(random.randrange(1, 6))],
    )


def _replay(file: str) -> dict[str, float]:
    """Under the program in force, so that every member must end where the books are."""
    shop, _ = _shop(file, NOW)
    program = load_file(PROGRAM)
    with shop.read() as session:
        count = session.execute(select(func.count()).select_from(purchases)).scalar_one()
    before, told = perf_counter(), 0
    for stored, replayed in outcomes(shop, program):
        assert stored == replayed, f"member {stored.member_id} ends elsewhere"
        told += 1
    seconds = perf_counter() - before
    shop.database.dispose()
    return {"members": told, "purchases": count, "seconds": seconds, "peak_megabytes": peak_megabytes() + _of_workers()}


def _of_workers() -> float:
    """No less than what the processes together held at their peaks that it was shared out among: the largest of them,
    so many times. In 10⁶ bytes."""
    return processors() * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6


def _multiply(file: str, times: int) -> None:
    """Copy every row of the members by plain SQL, until all is in the file so many times."""
    with closing(sqlite3.connect(file)) as connection:
        for quicker in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000", "foreign_keys = OFF"):
            connection.execute(f"PRAGMA {quicker}")
        numbered = [table for table in COPIED if "id" in table.columns]
        last = {table.name: connection.execute(f"SELECT max(id) FROM {table.name}").fetchone()[0] for table in numbered}
        for copy in range(1, times):
            for table in COPIED:
                connection.execute(_copying(table, last, copy))
        connection.commit()


def _copying(table: Table, last: dict[str, int], copy: int) -> str:
    """The statement that copies a table's first rows: behind its last number, and that of what they refer to."""
    values = []
    for column in table.columns:
        of = _numbers_of(column)
        if of in last:
            values.append(f'"{column.name}" + {copy * (last[of] or 0)}')
        else:
            values.append(f"\"{column.name}\" || '-{copy}'" if column.unique else f'"{column.name}"')
    key = next(iter(table.primary_key.columns))
    first = f'"{key.name}" <= {last[_numbers_of(key)] or 0}'
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT {', '.join(values)} FROM {table.name} WHERE {first}"


def _numbers_of(column: Column[Any]) -> str:
    """The table whose rows a column names, or none."""
    for key in column.foreign_keys:
        return key.column.table.name
    return column.table.name if column.name == "id" else ""


if __name__ == "__main__":
    print(json.dumps(_replay(sys.argv[1])))
