"""Who may know whom: the tree keeps every contract, and each contract breaks when its violation is planted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

VIOLATIONS = [
    ("core/planted.py", "", {"core"}),  # a room of core that has no floor
    ("core/services/planted.py", "import bot.texts", {"doors"}),
    ("core/insight/planted.py", "import api.routes", {"doors"}),
    ("bot/planted.py", "import api.routes", {"doors"}),
    ("api/planted.py", "import bot.texts", {"doors"}),
    ("api/planted.py", "import demo", {"doors"}),
    ("core/services/planted.py", "import demo", {"doors"}),
    ("bot/planted.py", "import cli", {"front-door"}),
    ("commands/planted.py", "import cli", {"front-door"}),
    ("core/services/planted.py", "import commands.keys", {"doors"}),
    ("core/services/planted.py", "import tests.conftest", {"front-door"}),
    ("core/insight/planted.py", "import core.services", {"core"}),
    ("core/db/planted.py", "import core.insight", {"core"}),
    ("core/db/planted.py", "import core.rules", {"core"}),
    ("core/db/planted.py", "import core.words", {"core"}),
    ("core/program/planted.py", "import core.db", {"core"}),
    ("core/program/planted.py", "import core.rules", {"core"}),
    ("core/rules/planted.py", "import core.db", {"core", "rules"}),
    ("core/rules/planted.py", "import core.words", {"core", "rules"}),
    ("core/rules/planted.py", "import core.ports", {"rules", "pure"}),
    ("core/rules/planted.py", "from core import settings", {"rules", "pure"}),
    ("core/rules/planted.py", "import sqlalchemy", {"rules"}),
    ("core/rules/planted.py", "from structlog import get_logger", {"rules"}),
    ("core/rules/planted.py", "import random", {"pure"}),
    ("core/rules/planted.py", "from time import time", {"pure"}),
    ("core/rules/planted.py", "def deep() -> None:\n    import secrets", {"pure"}),
    ("core/rules/planted.py", "import logging", {"pure"}),
    ("core/words/planted.py", "import core.db", {"core", "words"}),
    ("core/words/planted.py", "import core.settings", {"words"}),
    ("core/words/planted.py", "import jinja2", {"words"}),
    ("bot/screens/planted.py", "from core.db import ledger", {"books"}),
    ("bot/staff/planted.py", "import core.db.members", {"books"}),
    ("api/routes/planted.py", "import core.db", {"books"}),
    ("bot/sandbox/planted.py", "import core.program", {"sandbox"}),
    ("bot/sandbox/planted.py", "import bot.texts", {"sandbox"}),
]

CLOCKS = ["datetime.now()", "datetime.utcnow()", "datetime.today()", "date.today()"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the packages and of what configures the tools."""
    for package in ("commands", "demo", "bot", "api", "core", "tests/contracts"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(tree: Path) -> set[str]:
    """The ids of the contracts that import-linter finds broken in the tree."""
    run = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo"],
        cwd=tree,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    verdicts = {
        contract["id"]: verdict
        for contract in CONTRACTS
        for verdict in ("KEPT", "BROKEN")
        if f"{contract['name']} {verdict}" in run.stdout.splitlines()
    }
    assert set(verdicts) == {contract["id"] for contract in CONTRACTS}, run.stdout + run.stderr
    broken = {contract for contract, verdict in verdicts.items() if verdict == "BROKEN"}
    assert run.returncode == (1 if broken else 0), run.stdout + run.stderr
    return broken


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    assert broken_contracts(tree) == set()


@pytest.mark.parametrize(("file", "line", "broken"), VIOLATIONS)
def test_a_planted_import_breaks_its_contracts(tree: Path, file: str, line: str, broken: set[str]) -> None:
    (tree / file).write_text(f"{line}\n", "utf-8")

    assert broken_contracts(tree) == broken


def test_every_contract_has_a_violation() -> None:
    assert set[str]().union(*(broken for _, _, broken in VIOLATIONS)) == {contract["id"] for contract in CONTRACTS}


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(("room", "banned"), [("core/rules", True), ("core/services", False)])
def test_rules_alone_may_not_read_the_clock(tree: Path, clock: str, room: str, banned: bool) -> None:
    planted = tree / room / "planted.py"
    planted.write_text(f"from datetime import date, datetime\n\nprint(date, {clock})\n", "utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", planted],
        cwd=tree,
        capture_output=True,
        text=True,
    )

    assert ("TID251" in run.stdout) == banned, run.stdout + run.stderr
    assert run.returncode == int(banned)
