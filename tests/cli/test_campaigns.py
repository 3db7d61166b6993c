"""`regulars campaign …`, from a file to the end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db.database import Database
from core.insight.campaigns import campaign
from core.insight.members import MemberRef, member_of
from core.shop import Shop
from tests.cli.conftest import Run
from tests.services.campaigning import crowd
from tests.services.campaigns.test_add_photo import jpeg

RULES = "Rules: Regulars Club, version 1\n"
"""What every refusal is made by."""


@pytest.fixture
def shop(open_shop: Run, folder: Path) -> Iterator[Shop]:
    """The same one, from the inside."""
    database = Database(f"sqlite:///{folder}/var/shop.db")
    yield Shop(database)
    database.dispose()


def test_a_campaign_takes_its_course(run: Run, folder: Path, shop: Shop) -> None:
    ids = crowd(shop, 3)
    with shop.read() as session:
        card = member_of(session, MemberRef(id=ids[0])).card_number
    form = {"name": "Spring", "audience": {"members": ids}, "contents": [{"text": "Hello [{name}"}], "holdout": 0}
    (folder / "spring.json").write_text(json.dumps(form))
    assert "Campaign 1 is a draft." in run("campaign", "draft", "spring.json", "--by", "ann").stdout
    told = run("campaign", "forecast", "1", "--by", "ann").stdout
    assert told.startswith("         3  meant by its audience\n         3  to be sent\n  content a in en: 3\n")
    assert "1 messages are on their way" in run("campaign", "test", "1", card, "--by", "ann").stdout
    asked = run("campaign", "ask", "1", "--by", "ann").stdout
    found = re.search("approve 1 ([0-9a-f]{12})", asked)
    assert found is not None
    assert run("campaign", "approve", "1", "0" * 12, "--by", "bo").exit_code == 2
    own = run("campaign", "approve", "1", found[1], "--by", "Ann")
    assert (own.exit_code, own.stderr) == (
        2,
        f"staff:Ann had a hand in campaign 1, so somebody else approves it.\n{RULES}",
    )
    assert run("campaign", "approve", "1", found[1], "--by", "bo").exit_code == 0
    launched = run("campaign", "launch", "1", "--by", "ann").stdout
    assert "3 recipients (planned), 3 open, 0 left\n         3  not sent yet\n" in launched
    assert run("campaign", "pause", "1", "--by", "ann").stdout == "Campaign 1 is paused.\n"
    assert "3 recipients (planned), 3 open, 0 left" in run("campaign", "resume", "1", "--by", "ann").stdout
    assert run("campaign", "cancel", "1", "--by", "ann").stdout == "Campaign 1 is called off.\n"
    shown = run("campaign", "show", "1").stdout
    assert "[a, en, 100 %] Hello [{name}" in shown
    assert "Campaign 1, Spring: promo, called off\n" in shown
    assert "         3  called off before it left\n" in shown
    assert "         3  发出前已取消\n" in run("campaign", "show", "1", "--language", "zh-Hans").stdout
    assert json.loads(run("campaign", "list", "--json").stdout)["status"] == "cancelled"
    assert "called off" in run("campaign", "list").stdout
    again = run("campaign", "launch", "1", "--by", "ann")
    assert again.stderr.startswith("Campaign 1 is called off. For this it must be: approved.\n")


def test_photos_beside_the_file_are_uploaded(run: Run, folder: Path, shop: Shop) -> None:
    form = {"name": "Spring", "audience": {"members": crowd(shop, 1)}}
    (folder / "in").mkdir()
    (folder / "in/poster.jpg").write_bytes(jpeg())
    for photo, place in (("file:poster.jpg", "in/a.json"), ("file:none.jpg", "in/b.json")):
        (folder / place).write_text(json.dumps(form | {"contents": [{"text": "Hello", "photo": photo}]}))
    assert "Campaign 1 is a draft." in run("campaign", "draft", "in/a.json", "--by", "ann").stdout
    with shop.read() as session:
        assert [each.photo for each in campaign(session, 1).contents] == ["upload:1"]
    got = run("campaign", "draft", "in/b.json", "--by", "ann")
    expected = "in/none.jpg: No such file or directory; name a JPEG or PNG after file:\n"
    assert (got.exit_code, got.stderr) == (2, expected)
    (folder / "in/none.jpg").write_bytes(b"GIF89a")
    got = run("campaign", "draft", "in/b.json", "--by", "ann")
    assert got.stderr == f"This is neither a JPEG nor a PNG. Save the photo as one of these.\n{RULES}"


def test_a_file_with_faults_is_told_where_they_are(run: Run, open_shop: Run, folder: Path) -> None:
    (folder / "bad.json").write_text('{"name": "x", "contents": [{"text": "x", "button": []}]}')
    got = run("campaign", "draft", "bad.json", "--by", "ann")
    assert got.exit_code == 2
    assert got.stderr.splitlines() == [
        "bad.json: audience: Field required", "bad.json: contents.0.button: Extra inputs are not permitted",
    ]  # fmt: skip
    assert run("campaign", "show", "7").stderr == f"There is no campaign 7.\n{RULES}"
    assert run("campaign", "list").stdout == "There is no campaign yet.\n"
