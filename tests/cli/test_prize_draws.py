"""`regulars prize-draw audit` proves every play, and says where one was changed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from core.db.database import Database
from core.services.activities.prize_draw_rounds import turn_rounds
from core.shop import Shop
from tests.cli.conftest import Run
from tests.club import publish
from tests.conftest import CountingChance, FrozenClock
from tests.services.activities.test_prize_draws import DRAWS, FIRST_SEED, player, plays

SEALED = "c386d8e8d07342f2e39e189c8e6c57bb205bb373fe4e3a6f69404a8bb767b417"


def played(run: Run, folder: Path) -> Path:
    """A shop in which Ann played 40 times in the round that is over."""
    assert run("db", "upgrade").exit_code == 0
    file = folder / "var" / "shop.db"
    clock = FrozenClock()
    shop = Shop(Database(f"sqlite:///{file}"), clock, CountingChance())
    publish(shop, DRAWS)
    plays(shop, player(shop), 40)
    clock.move(hours=1)
    turn_rounds(shop)
    shop.database.dispose()
    return file


def test_every_play_is_proven(run: Run, folder: Path) -> None:
    played(run, folder)
    told = run("prize-draw", "audit", "spring")
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[:3] == [
        "spring, round 1 (closed), 40 plays: every play is what the seed gives.",
        f"  commitment {SEALED}",
        f"  seed       {FIRST_SEED}",
    ]
    assert "no prize" in lines[3]
    assert "(20.00 expected)" in lines[3]
    assert lines[4].startswith("spring, round 2 (open), 0 plays: ")
    assert "seed       told once the round is closed" in lines[6]
    (report,) = map(json.loads, run("prize-draw", "audit", "spring", "--round", "1", "--json").stdout.splitlines())
    assert (report["plays"], report["found"], report["seed"]) == (40, 0, FIRST_SEED)


def test_a_seed_that_was_exchanged_is_found(run: Run, folder: Path) -> None:
    with sqlite3.connect(played(run, folder)) as books:
        books.execute("UPDATE prize_draw_round SET seed = ? WHERE draw = 'spring' AND number = 1", ("f" * 64,))
    books.close()
    told = run("prize-draw", "audit", "spring", "--round", "1")
    assert told.exit_code == 1
    assert "commitment" in told.stdout
    assert "spring:1:40" in told.stdout
    assert run("audit").exit_code == 1


def test_what_is_not_there_is_bad_input(run: Run, folder: Path) -> None:
    played(run, folder)
    no_draw, no_round = "There is no prize draw autumn.", "Spring prize draw has no round 9."
    for wrong, why in ((["autumn"], no_draw), (["spring", "--round", "9"], no_round)):
        told = run("prize-draw", "audit", *wrong)
        assert told.exit_code == 2
        assert told.stderr.startswith(why)
