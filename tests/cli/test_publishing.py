"""Drafting and publishing at the console: two people, and what is said to one who would do both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import FIVE_TIER

SOURCE = FIVE_TIER.read_text(encoding="utf-8")


@pytest.fixture
def live(open_shop: Run, folder: Path) -> Run:
    """A shop with a member, and a changed program."""
    (folder / "members.csv").write_text("card_number,name\n10001,Ann\n")
    (folder / "next.toml").write_text(SOURCE.replace("fixed = 200", "fixed = 100"), encoding="utf-8")
    assert open_shop("import", "members", "members.csv").exit_code == 0
    return open_shop


def versions(run: Run) -> list[dict[str, object]]:
    told: list[dict[str, object]] = json.loads(run("program", "history", "--json").stdout)["versions"]
    return told


def test_one_drafts_another_publishes_and_it_is_told(live: Run) -> None:
    drafted = live("program", "draft", "next.toml", "--by", "ann", "--note", "less [at first]")
    assert drafted.exit_code == 0
    assert "changed earning.rules[first-purchase].fixed: 200 → 100" in drafted.stdout
    assert "regulars program publish 1 --by NAME" in drafted.stdout
    own = live("program", "publish", "1", "--by", "Ann")
    refused = "staff:ann drafted it, so somebody else publishes it.\nRules: Regulars Club, version 1\n"
    assert (own.exit_code, own.stderr) == (2, refused)
    assert live("program", "show", "--draft", "1").stdout == SOURCE.replace("fixed = 200", "fixed = 100")
    assert "Draft 1 of five-tier" in live("program", "history").stdout
    published = live("program", "publish", "1", "--by", "bo", "--effective-at", "2099-01-01T00:00Z")
    assert "Version 2 of five-tier, in force from 2099-01-01T00:00:00+00:00." in published.stdout
    history = live("program", "history").stdout
    assert "by staff:bo" in history
    assert "note: less [at first]" in history
    assert "Draft 1" not in history
    assert live("audit").exit_code == 0


def test_a_file_is_not_published_by_one_person_once_members_are_in(live: Run) -> None:
    alone = live("program", "publish", "next.toml", "--by", "ann")
    assert alone.exit_code == 2
    assert "regulars program draft next.toml --by NAME" in alone.stderr
    assert "--drafted-by NAME --by ANOTHER" in alone.stderr
    assert live("program", "publish", "next.toml", "--drafted-by", "ann", "--by", "ANN").exit_code == 2
    assert len(versions(live)) == 1
    both = live("program", "publish", "next.toml", "--drafted-by", "ann", "--by", "bo")
    assert both.exit_code == 0
    assert [(each["drafted_by"], each["published_by"]) for each in versions(live)] == [
        ("staff:console", "staff:console"),
        ("staff:ann", "staff:bo"),
    ]


def test_going_back_and_withdrawing(live: Run) -> None:
    assert live("program", "publish", "next.toml", "--drafted-by", "ann", "--by", "bo").exit_code == 0
    assert (
        "changed earning.rules[first-purchase].fixed: 100 → 200"
        in live("program", "draft", "--version", "1", "--by", "ann").stdout
    )
    assert "Draft 1 of five-tier is withdrawn." in live("program", "withdraw", "1", "--by", "ann").stdout
    assert live("program", "publish", "1", "--by", "bo").exit_code == 2
    assert live("program", "draft", "--version", "1", "--by", "ann").exit_code == 0
    assert live("program", "publish", "2", "--by", "bo").exit_code == 0
    assert [each["note"] for each in versions(live)] == ["", "", "back to version 1"]
    assert live("program", "show").stdout == SOURCE


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["draft", "--by", "ann"], "Name either a program file or, to go back, --version N."),
        (["draft", "none.toml", "--by", "ann"], "none.toml: No such file"),
        (["draft", "next.toml", "--by", " "], "' ' is no name"),
        (["draft", "next.toml", "--by", "ann", "--note", "x" * 501], "--note: it has 501 characters"),
        (["draft", "--version", "9", "--by", "ann"], "There is no version 9 of the program."),
        (["draft", "--version", "-1", "--by", "ann"], "--version"),
        (["publish", "1"], "Say who publishes draft 1"),
        (["publish", "1", "--by", "bo"], "There is no draft 1."),
        (["publish", "99999999999", "--by", "bo"], "There is no draft 99999999999; regulars"),
        (["publish", "next.toml", "--drafted-by", "a", "--by", "b", "--effective-at", "2020-01-01T00Z"], "before now"),
        (["show", "--draft", "1"], "--draft 1: there is no such draft"),
        (["withdraw", "0", "--by", "bo"], "DRAFT"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_written(live: Run, arguments: list[str], sentence: str) -> None:
    before = live("program", "history", "--json").stdout
    result = live("program", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert live("program", "history", "--json").stdout == before
