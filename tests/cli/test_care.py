"""`regulars care runs`: for eyes and for a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.db.database import Database
from core.rules.slots import Daily, Every
from core.services.run_ticks import Tick, Timekeeper, run_ticks, tally
from core.shop import Shop
from tests.cli.conftest import Run, folder, run

__all__ = ["folder", "run"]


@pytest.fixture
def ran(run: Run, folder: Path) -> Run:
    assert run("db", "upgrade").exit_code == 0
    database = Database(f"sqlite:///{folder}/var/shop.db")
    shop = Shop(database)
    run_ticks(Timekeeper(shop, "one"), [Tick("nightly", Daily(3), lambda _: 12)])
    with shop.write() as session:
        tally(shop, session, "42:one", sent=3, failed=0, skipped={"no-consent": 2})
    run_ticks(Timekeeper(shop, "one"), [Tick("idle", Every(1), lambda _: None)])
    database.dispose()
    return run


def test_runs_for_eyes(ran: Run) -> None:
    result = ran("care", "runs")
    assert result.exit_code == 0
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in result.stdout.splitlines() if "│" in line]
    assert [[row[1], row[2], *row[4:]] for row in rows] == [
        ["idle", "done", "", "", "", "", ""],
        ["deliver", "done", "", "3", "no-consent 2", "", ""],
        ["nightly", "done", "", "", "", "", "done 12"],
    ]


def test_runs_as_data(ran: Run) -> None:
    (deliver,) = json.loads(ran("care", "runs", "--tick", "deliver", "--json").stdout)
    assert (deliver["sent"], deliver["skipped"], deliver["detail"]) == (3, {"no-consent": 2}, None)
    assert len(json.loads(ran("care", "runs", "--last", "2", "--json").stdout)) == 2
