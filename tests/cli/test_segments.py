"""Segments and tags at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run

VIP = json.dumps({"fact": "tag", "is": "any_of", "value": "vip"})


def test_segments_from_filter_to_list(open_shop: Run, folder: Path) -> None:
    (folder / "members.csv").write_text("card_number,name\n10001,Ann Lee\n10002,Ben\n", encoding="utf-8")
    assert open_shop("import", "members", "members.csv").exit_code == 0
    assert "Member 1: vip" in open_shop("segment", "tag", "1", "vip", "--by", "bo").output
    assert "2 members' facts" in open_shop("segment", "refresh", "--whole").output
    told = open_shop("segment", "preview", VIP).output
    assert "has the tag: vip (any)\n1 members; an offer reaches 0 of them." in told
    assert "Ann Lee" in told
    assert "Saved: VIPs" in open_shop("segment", "save", "VIPs", VIP, "--by", "bo").output
    assert open_shop("segment", "save", "VIPs", VIP, "--by", "bo").exit_code == 2
    frozen = open_shop("segment", "freeze", "VIPs", "VIPs now", "--by", "bo")
    assert "1 members are listed in VIPs now." in frozen.output
    (folder / "cards.csv").write_text("card_number\n10002\n10003\n", encoding="utf-8")
    taken = open_shop("segment", "import", "Fair", "cards.csv", "--by", "bo")
    assert (taken.exit_code, "1 cards taken, 1 rows refused" in taken.output) == (1, True)
    listed = [json.loads(row) for row in open_shop("segment", "list", "--json").output.splitlines()]
    assert [(each["name"], each["members"]) for each in listed] == [("Fair", 1), ("VIPs", None), ("VIPs now", 1)]
    looked = json.loads(open_shop("segment", "preview", "Fair", "--json").output)
    assert [each["name"] for each in looked["examples"]] == ["Ben"]
    report = open_shop("report", "members", "--months", "2").output
    assert "│ joined                   │ 2       │" in report.replace("┃", "│"), report
    assert open_shop("report", "members", "--csv").output.splitlines()[-1] == "visits,5,0"
    assert open_shop("segment", "delete", "Fair", "--by", "bo").exit_code == 0
    assert "no segment Fair" in open_shop("segment", "preview", "Fair").output


def test_what_is_wrong_is_said_in_a_sentence(open_shop: Run, folder: Path) -> None:
    (folder / "bad.json").write_text('{"fact": "teir", "is": "known"}', encoding="utf-8")
    for asked, said in (
        ("bad.json", "there is no fact 'teir'; did you mean \"tier\"?"),
        ("{", "the filter is no JSON"),
        ("missing.json", "missing.json"),
        ('{"all": [{"fact": "tier"}]}', "all.0: tier cannot be asked None"),
    ):
        told = open_shop("segment", "preview", asked)
        assert (told.exit_code, said in told.output) == (2, True), told.output
    told = open_shop("segment", "save", "a/b", VIP, "--by", "bo")
    assert (told.exit_code, "name:" in told.output) == (2, True)
