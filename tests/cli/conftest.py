"""A shop's folder with nothing in it, and the command line in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import app
from commands.console import out
from tests.conftest import FIVE_TIER, FrozenClock

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGULARS_DATABASE_URL", f"sqlite:///{tmp_path}/var/shop.db")
    monkeypatch.setenv("REGULARS_PROGRAM_FILE", str(FIVE_TIER))
    monkeypatch.setattr(out, "width", 200)
    monkeypatch.setattr("commands.program.CLOCK", FrozenClock())  # the five tiers' season is over one day
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """`run("db", "upgrade")`; never a traceback."""

    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.fixture
def open_shop(run: Run) -> Run:
    """With tables and the five-tier program."""
    assert run("db", "upgrade").exit_code == 0
    assert run("program", "publish", str(FIVE_TIER)).exit_code == 0
    return run
