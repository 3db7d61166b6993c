"""`regulars report stored-value`: for eyes, for a spreadsheet, for a program."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from core.db.database import Database
from core.shop import Shop
from tests.cli.conftest import Run, folder, run
from tests.shopping import enrol_one
from tests.stored_value import pays, tops_up

__all__ = ["folder", "run"]

STORE = Path(__file__).parent.parent.parent / "programs" / "department-store.toml"


@pytest.fixture
def store(run: Run, folder: Path) -> Run:
    """The department store, in which somebody topped up ¥1,000 today and spent ¥1,010."""
    assert run("db", "upgrade").exit_code == 0
    assert run("program", "publish", str(STORE)).exit_code == 0
    database = Database(f"sqlite:///{folder}/var/shop.db")
    shop = Shop(database)
    ann = enrol_one(shop)
    tops_up(shop, ann, "T1", 100_000)
    pays(shop, ann, "R1", 101_000, store="south")
    database.dispose()
    return run


def test_the_report_for_eyes(store: Run) -> None:
    result = store("report", "stored-value")
    assert result.exit_code == 0
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in result.stdout.splitlines() if "│" in line]
    assert ["topped up", "CN¥1,000.00", "CN¥0.00", "CN¥1,000.00"] in rows
    assert ["spent bonus", "CN¥0.00", "CN¥10.00", "CN¥10.00"] in rows
    assert ["payments", "0", "1", "1"] in rows
    assert rows[-1] == ["at end bonus", "", "", "CN¥40.00"]


def test_the_report_for_others(store: Run) -> None:
    rows = list(csv.DictReader(store("report", "stored-value", "--csv").stdout.splitlines()))
    assert [(each["row"], each["store"], each["spent_paid_in"]) for each in rows] == [
        ("store", "north", "0"), ("store", "south", "100000"), ("total", "", "100000"),
    ]  # fmt: skip
    told = json.loads(
        store("report", "stored-value", "--since", "2026-01-01", "--until", "2099-01-01", "--json").stdout
    )
    assert (told["total"]["topped_up"], told["at_end"]) == (100_000, {"paid_in": 0, "bonus": 4_000})


def test_bad_input(store: Run) -> None:
    result = store("report", "stored-value", "--since", "2026-03-02", "--until", "2026-03-02")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has no day in it" in result.stderr
    assert store("report", "stored-value", "--since", "March").exit_code == 2
    assert store("report", "stored-value", "--csv", "--json").exit_code == 2


def test_the_audit_finds_money_that_was_changed_by_hand(store: Run, folder: Path) -> None:
    assert store("audit").exit_code == 0
    database = Database(f"sqlite:///{folder}/var/shop.db")
    with database.write() as session:
        session.execute(text("UPDATE stored_value_account SET bonus = bonus + 1"))
    database.dispose()
    result = store("audit")
    assert result.exit_code == 1
    assert "stored_value_sum" in result.stdout
    assert "stored_value_lots" in result.stdout
