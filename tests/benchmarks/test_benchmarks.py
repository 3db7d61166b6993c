"""Every benchmark runs and gives its rows. How fast is not asked here."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks.rows import Row

LIMITED = {
    "purchases-sqlite": ["service over bare driver, SQLite"],
    "purchases-postgresql": ["service over bare driver, PostgreSQL"],
    "points": ["/points over a bare echo"],
    "crowd": ["99th percentile in the crowd over that among few"],
    "journey": ["peak memory of the import"],
    "judging": ["rules over straight Python"],
    "replay": ["peak memory of the replay", "replay over live posting"],
    "sending-30": ["sent over allowed, at 30 a second", "taken at once, not refused with 429"],
    "sending-1000": ["sent over allowed, at 1,000 a second, SQLite"],
    "sending-bare": ["unthrottled over a bare loop"],
    "interactive": ["99th percentile during a broadcast over without"],
    "segments": ["peak memory of refreshing them", "preview over 1,000 members"],
    "year": [],
    "idle": [],
    "care": ["peak memory of planning care"],
    "planning": ["peak memory of planning", "peak memory for 500 over that for 1,000"],
}


@pytest.mark.parametrize("name", LIMITED)
def test_a_benchmark_runs_and_gives_its_rows(name: str) -> None:
    rows = benchmarks.BENCHMARKS[name](True)
    assert [row.name for row in rows if row.limit is not None] == LIMITED[name]
    assert all(math.isfinite(row.figure) and row.figure > 0 for row in rows)


def test_every_benchmark_is_run_here() -> None:
    assert set(LIMITED) == set(benchmarks.BENCHMARKS)


@pytest.mark.parametrize(
    ("row", "ok", "bound"),
    [
        (Row("a", 0.25, "ratio", 0.25), True, "≥ 0.25"),
        (Row("a", 0.24, "ratio", 0.25), False, "≥ 0.25"),
        (Row("a", 400, "MB", 400, at_most=True), True, "≤ 400"),
        (Row("a", 401, "MB", 400, at_most=True), False, "≤ 400"),
        (Row("a", 0, "updates/s"), True, ""),
    ],
)
def test_a_row_keeps_its_limit_or_breaks_it(row: Row, ok: bool, bound: str) -> None:
    assert (row.ok, row.bound) == (ok, bound)


@pytest.mark.parametrize(("figure", "code"), [(0.5, 0), (0.1, 1)])
def test_the_figures_are_written_and_a_broken_limit_shows_in_the_exit_code(
    figure: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.json"
    monkeypatch.setitem(benchmarks.BENCHMARKS, "points", lambda quick: [Row("a ratio", figure, "ratio", 0.4)])
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--quick", "--only", "points", "--results", str(results)])
    assert benchmarks.main() == code
    written = json.loads(results.read_text())
    assert written["quick"] is True
    assert written["rows"] == [{"name": "a ratio", "figure": figure, "unit": "ratio", "limit": "≥ 0.4", "ok": not code}]
    assert "a ratio" in capsys.readouterr().out
