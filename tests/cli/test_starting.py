"""What a command costs before it does anything, and what is said when something outside goes wrong."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

from commands.failures import SENTENCES
from core.db.database import Database
from core.services.moved_clock import ahead, clock_of, keep_ahead
from core.shop import Shop
from tests.cli.conftest import Run
from tests.conftest import FIVE_TIER
from tests.demo.test_loading import mark_as_demo
from tests.shopping import dump

HEAVY = {
    "alembic",
    "api",
    "babel",
    "bot",
    "core",
    "demo",
    "duckdb",
    "fastapi",
    "PIL",
    "pydantic",
    "sqlalchemy",
    "telegram",
}
HELP = """
import sys
from typer.testing import CliRunner
from cli import app
asked = CliRunner().invoke(app, ["--help"])
assert asked.exit_code == 0 and "prize-draw" in asked.output, asked.output
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_help_is_told_without_the_bot_the_api_and_the_books() -> None:
    asked = subprocess.run(
        [sys.executable, "-c", HELP], cwd=FIVE_TIER.parent.parent, capture_output=True, text=True, check=True
    )
    imported = set(asked.stdout.split())
    assert "rich" in imported
    assert imported & HEAVY == set()


def test_every_kind_of_failure_is_there_under_its_full_name() -> None:
    for name in SENTENCES:
        module, _, kind = name.rpartition(".")
        found = getattr(import_module(module), kind)
        assert f"{found.__module__}.{found.__qualname__}" == name


def test_commands_on_a_demo_live_in_the_demos_time_and_nothing_real_is_served(open_shop: Run, folder: Path) -> None:
    database = Database(f"sqlite:///{folder}/var/shop.db")
    today = datetime.now(UTC).date()
    assert f"are as of {today:%Y-%m}" in open_shop("segment", "refresh").stdout
    mark_as_demo(Shop(database))
    keep_ahead(Shop(database), timedelta(days=800, microseconds=1))
    keep_ahead(Shop(database), timedelta(days=900, microseconds=1))
    assert clock_of(database).now() - datetime.now(UTC) > timedelta(days=900)
    assert f"are as of {today + timedelta(days=900):%Y-%m}" in open_shop("segment", "refresh").stdout
    before = dump(Shop(database))
    refused = open_shop("serve", "api")
    assert refused.exit_code == 2
    assert "whose clock was moved 900 days" in refused.stderr
    assert dump(Shop(database)) == before
    database.dispose()


def test_a_moved_clock_without_the_demos_mark_is_nobodys(open_shop: Run, folder: Path) -> None:
    database = Database(f"sqlite:///{folder}/var/shop.db")
    keep_ahead(Shop(database), timedelta(days=900))
    assert ahead(database) == timedelta()
    assert f"are as of {datetime.now(UTC):%Y-%m}" in open_shop("segment", "refresh").stdout
    database.dispose()
