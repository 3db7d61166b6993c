"""The whole completejourney year, imported in a process of its own: purchases per second and peak memory.

`python -m benchmarks.journey DATABASE_FILE HOUSEHOLDS` is that process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.rows import Row
from benchmarks.shops import PROGRAM, StandingClock
from core.db.database import Database
from core.db.migrating import upgrade
from core.services.programs.publish_program import ensure_program
from core.shop import Shop
from demo.households import HOUSEHOLDS
from demo.loading import load

MOST_MEGABYTES = 400
END_OF_YEAR = datetime(2026, 1, 1, 4, 59, 59, tzinfo=UTC)
"""The last second of 2025 in the shop's zone: none of the year's baskets lies ahead."""


def imported(quick: bool) -> list[Row]:
    with TemporaryDirectory(prefix="regulars-bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.journey", f"{folder}/journey.db", str(10 if quick else HOUSEHOLDS)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    measured = json.loads(done.stdout)
    return [
        Row("baskets imported", measured["purchases"], "purchases"),
        Row("import of the baskets", measured["purchases"] / measured["seconds"], "purchases/s"),
        Row("peak memory of the import", measured["peak_megabytes"], "MB", MOST_MEGABYTES, at_most=True),
    ]


def _import(file: str, households: int) -> dict[str, float]:
    shop = Shop(Database(f"sqlite:///{file}"), StandingClock(END_OF_YEAR))
    upgrade(shop.database)
    ensure_program(shop, PROGRAM)
    before = perf_counter()
    loaded = load(shop, households, [], 1, lambda _done, _total: None)
    seconds = perf_counter() - before
    shop.database.dispose()
    return {"purchases": loaded.purchases, "seconds": seconds, "peak_megabytes": peak_megabytes()}


def peak_megabytes() -> float:
    """The most memory that this process ever held (VmHWM), in 10⁶ bytes."""
    status = Path("/proc/self/status").read_text()
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kibibytes) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(_import(sys.argv[1], int(sys.argv[2]))))
