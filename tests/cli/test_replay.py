"""The page of a replay, as it is printed in 80 columns."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.cli.conftest import Run
from tests.conftest import FIVE_TIER

MEMBERS = "card_number,name\n10001,Ann\n10002,Bob\n"
ZONE = ZoneInfo("America/New_York")
BOUGHT = datetime.now(ZONE).date() - timedelta(days=30)  # lately, since points lapse after a year
PURCHASES = f"external_id,card_number,occurred_at,category,quantity,unit_price\nr-1,10001,{BOUGHT},grocery,1,12.50\n"


@pytest.fixture
def lived(open_shop: Run, folder: Path) -> Run:
    """Ann bought for $12.50, for which she got 12 points and 200 for her first purchase."""
    (folder / "members.csv").write_text(MEMBERS)
    (folder / "purchases.csv").write_text(PURCHASES)
    source = FIVE_TIER.read_text(encoding="utf-8")
    (folder / "next.toml").write_text(
        source.replace("points = 1\nper = 100", "points = 3\nper = 100"), encoding="utf-8"
    )
    (folder / "bad.toml").write_text(source.replace("schema = 1", "schema = 2"), encoding="utf-8")
    assert open_shop("import", "members", "members.csv").exit_code == 0
    assert open_shop("import", "purchases", "purchases.csv").exit_code == 0
    return open_shop


def test_the_page(lived: Run) -> None:
    result = lived("program", "replay", "next.toml")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line != line.rstrip()] == []
    assert lines[0] == "Replay of the draft five-tier against version 1, over the whole history"
    assert lines[1].startswith("2 members; the draft's text is ")
    assert lines[2] == "1 member would stand otherwise."
    assert " gain                       1      +25" in lines
    assert "  1. Card 10001: 212 points → 237 points (+25)" in lines
    assert "      Points for shopping: 12 → 37 (+25)" in lines
    assert any("3 points for every $1.00" in line for line in lines)


def test_the_published_program_shows_no_difference(lived: Run) -> None:
    result = lived("program", "replay", str(FIVE_TIER), "--language", "zh-Hans")
    assert result.exit_code == 0
    assert "没有任何差异。" in result.stdout


def test_the_same_as_json(lived: Run) -> None:
    day_before, day_after = BOUGHT - timedelta(days=1), BOUGHT + timedelta(days=1)
    told = json.loads(lived("program", "replay", "next.toml", "--json", "--since", f"{day_before}").stdout)
    assert (told["members"], told["gaining"]) == (2, {"members": 1, "points": 25})
    assert told["since"] == datetime.combine(day_before, time(), ZONE).isoformat()
    assert [(each["card_number"], each["rules"]) for each in told["affected"]] == [
        ("10001", [{"rule": "base", "before": 12, "after": 37}])
    ]
    later = json.loads(lived("program", "replay", "next.toml", "--json", "--since", f"{day_after}").stdout)
    assert later["different"] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.toml"], "none.toml: No such file"),
        (["bad.toml"], "bad.toml:"),
        (["next.toml", "--since", "soon"], "--since soon: write it like"),
        (["next.toml", "--since", "2999-01-01"], "--since 2999-01-01: that is not over yet"),
        (["next.toml", "--language", "de"], "--language"),
    ],
)
def test_what_is_wrong_is_said(lived: Run, arguments: list[str], sentence: str) -> None:
    result = lived("program", "replay", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
