"""`regulars care list`, `pause`, `resume` and `plan`."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import insert

from core.db.chats import chats
from core.db.database import Database
from core.db.mutes import mutes
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.shop import Shop
from tests.cli.conftest import Run, folder, run
from tests.shopping import dump, enrol_one

__all__ = ["folder", "run"]

PROGRAM = Path(__file__).parents[2] / "programs" / "five-tier.toml"


def test_a_day_is_foretold_and_a_journey_held_back(run: Run, folder: Path) -> None:
    assert run("db", "upgrade").exit_code == 0
    assert run("program", "publish", str(PROGRAM)).exit_code == 0
    database = Database(f"sqlite:///{folder}/var/shop.db")
    shop = Shop(database)
    born, long_ago = date(1990, 5, 31), datetime(2020, 5, 31, 12, tzinfo=UTC)
    ann = enrol_one(shop, "Ann", birthday=born, joined_at=long_ago, consents=["care"])
    before = dump(shop)
    foretold = run("care", "plan", "--on", "2099-05-31", "--json")
    told = [json.loads(line) for line in foretold.stdout.splitlines()]
    assert [(each["journey"], each["member_id"], each["verdict"], each["points"]) for each in told] == [
        ("birthday", ann, "no-chat", None),
        ("anniversary", ann, "no-chat", 25),
    ]
    assert (told[0]["at"], told[0]["occasion"]) == ("2099-05-31T13:30:00Z", "2099/0")
    assert told[0]["text"].startswith("Happy birthday, Ann!")
    table = run("care", "plan", "--on", "2099-05-31", "--journey", "birthday")
    assert "birthday: no-chat 1" in table.stdout
    assert "1 messages on 2099-05-31." in table.stdout
    assert dump(shop) == before
    with shop.write() as session:
        chat = {"id": 7, "member_id": ann, "language": "en", "blocked": False, "seen_at": long_ago}
        session.execute(insert(chats).values(chat))
        session.execute(insert(mutes).values(member_id=ann, kind="journey:birthday", at=long_ago))
    counts = run("care", "plan", "--on", "2099-05-31").stdout
    assert "birthday: muted 1" in counts
    assert "anniversary: sent 1" in counts
    hours = MemberChange(member_id=ann, quiet_from=540, quiet_until=690)  # 9:00–11:30 in New York
    update_member(shop, Caller("chat:7", "quiet"), hours)
    told = [json.loads(line) for line in run("care", "plan", "--on", "2099-05-31", "--json").stdout.splitlines()]
    assert [(each["verdict"], each["held_until"], each["held_by"]) for each in told] == [
        ("muted", None, None),
        ("held", "2099-05-31T15:30:00Z", "quiet-hours"),
    ]
    shown = run("care", "plan", "--on", "2099-05-31", "--journey", "anniversary").stdout
    assert "held until 05-31 15:30 (quiet-hours)" in " ".join(shown.split())
    assert "anniversary: held 1" in shown
    database.dispose()

    assert run("care", "pause", "birthday", "--by", "ann").exit_code == 0
    listed = json.loads(run("care", "list", "--json").stdout)
    assert [each["id"] for each in listed if each["paused"]] == ["birthday"]
    assert "paused" in run("care", "list").stdout
    assert run("care", "plan", "--on", "2099-05-31", "--journey", "birthday").stdout.count("paused") >= 1
    assert run("care", "resume", "birthday", "--by", "ann").exit_code == 0
    assert run("care", "pause", "nothing", "--by", "ann").exit_code == 2
