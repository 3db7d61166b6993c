"""The measurements: prints a table, writes results.json. Exit code 1 when a limit is broken."""

from __future__ import annotations

import json
import platform
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    care,
    interactive,
    journey,
    judging,
    passing,
    planning,
    points,
    purchases,
    replaying,
    segments,
    sending,
)
from benchmarks.rows import Row

RESULTS = Path(__file__).parent / "results.json"
BENCHMARKS: dict[str, Callable[[bool], list[Row]]] = {
    "purchases-sqlite": purchases.on_sqlite,
    "purchases-postgresql": purchases.on_postgresql,
    "points": points.beside_echo,
    "crowd": points.in_a_crowd,
    "journey": journey.imported,
    "judging": judging.beside_plain_python,
    "replay": replaying.beside_live,
    "sending-30": sending.at_thirty,
    "sending-1000": sending.at_a_thousand,
    "sending-bare": sending.beside_bare,
    "interactive": interactive.during_a_broadcast,
    "planning": planning.planned,
    "year": passing.lived,
    "idle": passing.idle,
    "segments": segments.asked,
    "care": care.planned,
}


def main() -> int:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes: says that it runs, not how fast")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="this one; may be given again")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures are written")
    wanted = parser.parse_args()
    console, rows = Console(), []
    for name in wanted.only or BENCHMARKS:
        with console.status(name):
            rows += BENCHMARKS[name](wanted.quick)
    console.print(_table(rows))
    wanted.results.write_text(json.dumps(_results(rows, wanted.quick), indent=2) + "\n")
    return 0 if all(row.ok for row in rows) else 1


def _table(rows: list[Row]) -> Table:
    table = Table("what", "figure", "unit", "limit", "")
    for row in rows:
        mark = "" if row.limit is None else "[green]ok[/]" if row.ok else "[red]broken[/]"
        table.add_row(row.name, f"{row.figure:,.2f}", row.unit, row.bound, mark)
    return table


def _results(rows: list[Row], quick: bool) -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {cpu_count()} CPUs",
        "rows": [
            {"name": row.name, "figure": round(row.figure, 4), "unit": row.unit, "limit": row.bound, "ok": row.ok}
            for row in rows
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
