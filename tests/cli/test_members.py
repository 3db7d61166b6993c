"""Duplicates found, merged and parted at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_members_who_are_one_person(open_shop: Run, folder: Path) -> None:
    rows = "10001,Ann Lee,1990-05-01\n10002,Lee Ann,1990-05-01\n10003,Bob,\n"
    (folder / "members.csv").write_text(f"card_number,name,birthday\n{rows}", encoding="utf-8")
    (folder / "balances.csv").write_text("reference,card_number,points\nb1,10002,80\n", encoding="utf-8")
    for what in ("members", "balances"):
        assert open_shop("import", what, f"{what}.csv").exit_code == 0
    listed = open_shop("members", "duplicates").output
    assert "name and birthday" in listed
    (line,) = open_shop("members", "duplicates", "--json").output.splitlines()
    pair = json.loads(line)
    first, second = str(pair["first"]["id"]), str(pair["second"]["id"])
    assert open_shop("members", "merge", first, second, "--by", "bo").exit_code == 2  # no reason
    merged = open_shop("members", "merge", first, second, "--by", "bo", "--reason", "same person")
    assert (merged.exit_code, "who has 80 points" in merged.output) == (0, True)
    assert "No two members" in open_shop("members", "duplicates").output
    parted = open_shop("members", "unmerge", "1", "--by", "bo", "--reason", "sisters")
    assert (parted.exit_code, "80 points went back" in parted.output) == (0, True)
    again = open_shop("members", "unmerge", "1", "--by", "bo", "--reason", "sisters")
    assert (again.exit_code, "undone" in again.output) == (2, True)
    assert again.output.splitlines()[-1] == "Rules: Regulars Club, version 1"
    assert open_shop("audit").exit_code == 0
