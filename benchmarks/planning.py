"""Planning a message for everybody, in a process of its own: rows per second and peak memory.

`python -m benchmarks.planning DATABASE_FILE COUNT` is that process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.crowd import fill
from benchmarks.journey import peak_megabytes
from benchmarks.rows import Row
from benchmarks.shops import open_shop, prepare
from core.services.plan_deliveries import Message, add_content, in_chunks, plan_deliveries

MOST_MEGABYTES = 200
LEAST_FLATNESS = 0.8
FEW, MANY = 100_000, 1_000_000


def planned(quick: bool) -> list[Row]:
    """The peaks at a tenth of the recipients and at all of them: flat if they are alike."""
    few, many = (500, 1_000) if quick else (FEW, MANY)
    small, large = _measured(few), _measured(many)
    return [
        Row(f"planning for {many:,} members", many / large["seconds"], "rows/s"),
        Row("peak memory of planning", large["peak_megabytes"], "MB", MOST_MEGABYTES, at_most=True),
        Row(
            f"peak memory for {few:,} over that for {many:,}",
            small["peak_megabytes"] / large["peak_megabytes"],
            "ratio",
            LEAST_FLATNESS,
        ),
    ]


def _measured(count: int) -> dict[str, float]:
    with TemporaryDirectory(prefix="regulars-bench-") as folder:
        file = f"{folder}/planning.db"
        prepare(f"sqlite:///{file}", lambda shop: fill(shop, count))
        command = [sys.executable, "-m", "benchmarks.planning", file, str(count)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _plan(file: str, count: int) -> dict[str, float]:
    shop = open_shop(f"sqlite:///{file}")
    now, until = shop.now(), shop.now() + timedelta(days=2)
    with shop.write() as session:
        content = add_content(session, "{name}, fruit and vegetables are 20 % off until Saturday.")
    messages = (
        Message(
            number, "campaign:1", "1", "promo", now, until, content_id=content, filling={"name": f"Member {number}"}
        )
        for number in range(1, count + 1)
    )
    before, done = perf_counter(), 0
    for chunk in in_chunks(messages):
        with shop.write() as session:
            done += plan_deliveries(session, chunk, now)
    seconds = perf_counter() - before
    shop.database.dispose()
    assert done == count
    return {"seconds": seconds, "peak_megabytes": peak_megabytes()}


if __name__ == "__main__":
    print(json.dumps(_plan(sys.argv[1], int(sys.argv[2]))))
