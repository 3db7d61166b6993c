"""`regulars campaign …`: what comes after it was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db.database import Database
from core.shop import Shop
from tests.bot.delivery.post import add_members
from tests.campaigns import content, launched, planned
from tests.cli.conftest import Run


@pytest.fixture
def shop(open_shop: Run, folder: Path) -> Iterator[Shop]:
    """The same one, from the inside."""
    database = Database(f"sqlite:///{folder}/var/shop.db")
    yield Shop(database)
    database.dispose()


def test_a_campaign_is_corrected_recalled_and_accounted_for(run: Run, folder: Path, shop: Shop) -> None:
    ids = add_members(shop, [101, 102])
    launched(shop, ids, [content("Hello {name}, 5 off", buttons=[])])
    planned(shop, 1, dict.fromkeys(ids, ("a", "en")))
    (folder / "new.html").write_text("Hello [{name}], 4 off\n")
    assert run("campaign", "amendments", "1").stdout == "Nothing was corrected or recalled.\n"
    asked = run("campaign", "correct", "1", "--text", "new.html", "--by", "ann", "--reason", "Wrong price").stdout
    found = re.search("approve-correction 1 1 ([0-9a-f]{12})", asked)
    assert found is not None
    assert run("campaign", "approve-correction", "1", "1", "0" * 12, "--by", "bo").exit_code == 2
    own = run("campaign", "approve-correction", "1", "1", found[1], "--by", "ann")
    assert (own.exit_code, own.stderr) == (
        2, "staff:ann asked for this correction, so somebody else approves it.\nRules: Regulars Club, version 1\n"
    )  # fmt: skip
    assert run("campaign", "approve-correction", "1", "1", found[1], "--by", "bo").exit_code == 0
    assert "[a, en, 100 %] Hello [{name}], 4 off\n" in run("campaign", "show", "1").stdout
    assert run("campaign", "approve-correction", "1", "2", found[1], "--by", "bo").exit_code == 2
    assert run("campaign", "recall", "1", "--by", "ann", "--reason", "Wrong people").exit_code == 0
    told = run("campaign", "amendments", "1").stdout
    assert f"1  edit, planning, {found[1]}, by staff:ann, staff:bo: Wrong price" in told
    assert "  - Hello {name}, 5 off\n  + Hello [{name}], 4 off\n" in told
    assert run("campaign", "why", "1", "101").stdout == "Not sent: what it belongs to was cancelled.\n"
    assert run("campaign", "why", "1", "999").exit_code == 2
    shown = run("campaign", "results", "1").stdout
    assert "Nobody was held out, so nothing says what it brought." in shown
    assert re.search(r"meant +│ +2", shown)
    assert json.loads(run("campaign", "results", "1", "--json", "--points-worth", "100").stdout)["points_worth"] == 100


def test_what_a_correction_cannot_be_is_told_where_it_is(run: Run, folder: Path, shop: Shop) -> None:
    launched(shop, add_members(shop, [101]), [content("Hello {name}", buttons=[])])
    (folder / "new.html").write_text("Hi")
    wrong = run("campaign", "correct", "1", "--text", "new.html", "--by", "ann", "--reason", " ", "--arm", "A")
    assert (wrong.exit_code, wrong.stderr.splitlines()) == (
        2,
        ["arm: String should match pattern '^[a-z][a-z0-9_-]{0,19}$'"],
    )
    assert run("campaign", "why", str(2**63), "101").exit_code == 2
