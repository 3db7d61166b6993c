"""Every command: what it does, its exit code, and its sentence when it cannot."""

from __future__ import annotations

import csv
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.db.database import Database
from core.services.staff.keys import check_key
from core.shop import Shop
from tests.cli.conftest import Run
from tests.conftest import FIVE_TIER

ROOT = FIVE_TIER.parent.parent
CLUB, CLUB_STORY = ROOT / "programs" / "campus-club.toml", ROOT / "programs" / "stories" / "campus-club.jsonl"
MEMBERS = "card_number,name\n10001,Ann\n10002,Bob\n"
PURCHASES = "external_id,card_number,occurred_at,category,quantity,unit_price\nr-1,10001,2026-02-01,grocery,1,12.50\n"


@pytest.fixture
def books(open_shop: Run, folder: Path) -> Path:
    """Ann and Bob, and a purchase of Ann's."""
    (folder / "members.csv").write_text(MEMBERS)
    (folder / "purchases.csv").write_text(PURCHASES)
    assert open_shop("import", "members", "members.csv").exit_code == 0
    assert open_shop("import", "purchases", "purchases.csv").exit_code == 0
    return folder / "var" / "shop.db"


def test_upgrading_makes_the_tables_and_may_be_repeated(run: Run, folder: Path) -> None:
    for _ in range(2):
        result = run("db", "upgrade")
        assert result.exit_code == 0
        assert "var/shop.db is at revision" in result.stdout
    assert (folder / "var" / "shop.db").exists()


@pytest.mark.parametrize("command", ["audit", "program show", "keys revoke x", "import members m"])
def test_a_shop_without_tables_says_what_to_run(run: Run, folder: Path, command: str) -> None:
    result = run(*command.split())
    assert result.exit_code == 2
    assert "has no tables yet; run: regulars db upgrade" in result.stderr
    assert not (folder / "var" / "shop.db").exists()


def test_a_good_program_is_counted(run: Run) -> None:
    result = run("program", "check", str(FIVE_TIER))
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    assert "is fine: 5 tiers, 5 earning rules, " in told
    assert ", 6 rewards, 10 offers, 3 goals, 3 activities, 1 prize draw" in told
    assert run("program", "check", str(CLUB)).stdout.count(" 0 ") == 0


def test_a_bad_program_is_told_to_the_line(run: Run, folder: Path) -> None:
    lines = FIVE_TIER.read_text(encoding="utf-8").split("\n")
    place = next(number for number, line in enumerate(lines) if line.startswith("rounding"))
    lines[place] = 'rounding = "up"'
    (folder / "bad.toml").write_text("\n".join(lines), encoding="utf-8")
    result = run("program", "check", "bad.toml")
    assert result.exit_code == 2
    assert f"bad.toml:{place + 1}: program.rounding: " in result.stderr


def test_what_is_over_when_it_takes_effect_is_told(run: Run, folder: Path) -> None:
    season = "validity = { since = 2026-12-20T00:00:00-05:00, until = 2027-01-06T00:00:00-05:00 }"
    source = FIVE_TIER.read_text(encoding="utf-8").replace(
        "validity = { days = 21 }\nper_member = 1\ntotal", f"{season}\ntotal"
    )
    (folder / "season.toml").write_text(source, encoding="utf-8")
    fine = run("program", "check", "season.toml", "--at", "2027-01-05T23:59-05:00")
    late = run("program", "check", "season.toml", "--at", "2027-01-06T00:00-05:00")
    assert (fine.exit_code, late.exit_code) == (0, 2)
    assert "coupons[basket-10].validity.until: 2027-01-06T00:00:00-05:00 is over already; " in late.stderr


def test_the_program_to_copy_does_not_grow_old(run: Run) -> None:
    assert run("program", "check", str(FIVE_TIER), "--at", "2039-01-01T00:00Z").exit_code == 0


def test_a_missing_program_file(run: Run) -> None:
    result = run("program", "check", "none.toml")
    assert result.exit_code == 2
    assert "none.toml: No such file or directory; check the path" in result.stderr


def test_the_published_program_is_shown_word_for_word(open_shop: Run) -> None:
    result = open_shop("program", "show")
    assert result.stdout == FIVE_TIER.read_text(encoding="utf-8")
    assert "Version 1 of five-tier, in force from" in result.stderr


def test_publishing_later_needs_an_offset(open_shop: Run) -> None:
    assert open_shop("program", "publish", str(FIVE_TIER), "--effective-at", "2099-01-01").exit_code == 2
    assert open_shop("program", "publish", str(FIVE_TIER), "--effective-at", "soon").exit_code == 2


def test_the_history_and_going_back(open_shop: Run, folder: Path) -> None:
    """A version is published again from its own text; it is a version of its own."""
    changed = FIVE_TIER.read_text(encoding="utf-8").replace("fixed = 200", "fixed = 100")
    (folder / "changed.toml").write_text(changed, encoding="utf-8")
    assert open_shop("program", "publish", "changed.toml").exit_code == 0
    before = open_shop("program", "show", "--version", "1").stdout
    assert before == FIVE_TIER.read_text(encoding="utf-8")
    (folder / "before.toml").write_text(before, encoding="utf-8")
    assert open_shop("program", "publish", "before.toml").exit_code == 0
    lines = open_shop("program", "history").stdout.splitlines()
    versions = [line for line in lines if line.startswith("Version")]
    assert versions == ["Version 1 of five-tier", "Version 2 of five-tier", "Version 3 of five-tier, in force"]
    texts = [line for line in lines if line.startswith("  text")]
    assert texts[0] == texts[2] != texts[1]
    assert "    changed earning.rules[first-purchase].fixed: 100 → 200" in lines


def test_no_such_version(open_shop: Run) -> None:
    result = open_shop("program", "show", "--version", "9")
    assert result.exit_code == 2
    assert "--version 9: there is no such version; regulars program history lists them" in result.stderr


def test_no_program_yet(run: Run) -> None:
    run("db", "upgrade")
    result = run("program", "show")
    assert result.exit_code == 2
    assert "There is no loyalty program yet." in result.stderr


def test_importing_counts_and_is_safe_to_repeat(open_shop: Run, folder: Path) -> None:
    (folder / "members.csv").write_text(MEMBERS)
    for _ in range(2):
        result = open_shop("import", "members", "members.csv")
        assert result.exit_code == 0
        assert "2 rows: 2 members in the books, 0 rows refused." in result.stdout
    assert list(folder.glob("*.refused.csv")) == []


def test_refused_rows_are_in_the_report(books: Path, open_shop: Run, folder: Path) -> None:
    (folder / "more.csv").write_text(PURCHASES + "=r-2,10001,01/02/2026,grocery,1,3\nr-3,9,2026-02-01,grocery,1,3\n")
    result = open_shop("import", "purchases", "more.csv", "--report", "report.csv")
    assert result.exit_code == 1
    assert "3 rows: 1 purchases in the books, 2 rows refused." in result.stdout
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["line"], first["field"], first["value"]) == ("3", "occurred_at", "01/02/2026")
    assert "date_format" in first["mend"]
    assert (second["line"], second["value"]) == ("4", "r-3")
    assert second["mend"] == "import the members first, or correct the card number"


def test_a_column_map_is_used(open_shop: Run, folder: Path) -> None:
    (folder / "map.toml").write_text(
        'encoding = "gbk"\n[columns]\ncard_number = "卡号"\nname = "姓名"\n', encoding="utf-8"
    )
    (folder / "members.csv").write_bytes("卡号,姓名\n10001,李静\n".encode("gbk"))
    assert open_shop("import", "members", "members.csv", "--columns", "map.toml").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.csv"], "none.csv: cannot be read"),
        (["members.csv", "--columns", "none.toml"], "none.toml: cannot be read"),
        (["members.csv", "--columns", "bad.toml"], "bad.toml: colunms: Extra inputs are not permitted"),
        (["bad.toml"], "no column 'card_number'"),
        (["short.csv", "--report", "no/such/folder.csv"], "the report cannot be written"),
    ],
)
def test_a_bad_import_writes_nothing(open_shop: Run, folder: Path, arguments: list[str], sentence: str) -> None:
    (folder / "members.csv").write_text(MEMBERS)
    (folder / "short.csv").write_text("card_number,name\n10001\n")
    (folder / "bad.toml").write_text("[colunms]\n")
    result = open_shop("import", "members", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    with sqlite3.connect(folder / "var" / "shop.db") as connection:
        assert connection.execute("SELECT count(*) FROM member").fetchone() == (0,)
    connection.close()


def test_the_books_are_right(books: Path, open_shop: Run) -> None:
    result = open_shop("audit")
    assert result.exit_code == 0
    assert "The books are right: 2 accounts, 2 entries, 2 lots." in result.stdout


@pytest.mark.parametrize(
    ("what", "statement"),
    [
        ("lot", "UPDATE lot SET remaining = remaining - 1 WHERE id = 1"),
        ("balance", "UPDATE account SET balance = balance + 100 WHERE member_id = 1"),
        ("tier", "UPDATE account SET tier = 'diamond' WHERE member_id = 2"),
    ],
)
def test_tampering_is_found(books: Path, open_shop: Run, what: str, statement: str) -> None:
    connection = sqlite3.connect(books)
    connection.execute(statement)
    connection.commit()
    connection.close()
    result = open_shop("audit")
    assert result.exit_code == 1
    assert what in result.stdout


def test_a_key_is_printed_once_and_works_until_it_is_revoked(open_shop: Run, folder: Path) -> None:
    result = open_shop("keys", "create", "front till", "--scope", "till")
    assert result.exit_code == 0
    shop = Shop(Database(f"sqlite:///{folder}/var/shop.db"))
    holder = check_key(shop, result.stdout.strip())
    assert holder is not None
    assert (holder.name, holder.scopes) == ("front till", ["till"])
    assert open_shop("keys", "revoke", "front till").exit_code == 0
    assert check_key(shop, result.stdout.strip()) is None
    shop.database.dispose()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create", "x", "--scope", "god"], "--scope god: there are till, staff and admin"),
        (["create", "x" * 61, "--scope", "till"], "1 to 60 characters"),
        (["revoke", "nobody"], "There is no key called 'nobody'"),
    ],
)
def test_bad_keys(open_shop: Run, arguments: list[str], sentence: str) -> None:
    result = open_shop("keys", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("API_PORT", "99999", "REGULARS_API_PORT: Input should be less than or equal to 65535"),
        ("LOG_LEVEL", "loud", "REGULARS_LOG_LEVEL: Input should be"),
        ("DATABASE_URL", "nonsense", "REGULARS_DATABASE_URL: Could not parse"),
        ("DATABASE_URL", "oracle9://x", "REGULARS_DATABASE_URL: "),
        ("DATABASE_URL", "postgresql+psycopg://me:secret@127.0.0.1:1/none", "The database is locked by another"),
        ("DATABASE_URL", "sqlite:////proc/none/shop.db", "check the path"),
    ],
)  # fmt: skip
def test_bad_settings(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    monkeypatch.setenv(f"REGULARS_{name}", value)
    result = run("db", "upgrade")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "secret" not in result.output


def test_a_locked_database(open_shop: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_BUSY_TIMEOUT_S", "1")
    locker = sqlite3.connect(folder / "var" / "shop.db", isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    result = open_shop("keys", "create", "till", "--scope", "till")
    locker.close()
    assert result.exit_code == 2
    assert "The database is locked by another program, or gone: database is locked." in result.stderr


def test_a_file_that_is_no_database(run: Run, folder: Path) -> None:
    (folder / "var").mkdir()
    (folder / "var" / "shop.db").write_text("a shopping list, not a database\n")
    for command in ("audit", "db upgrade"):
        result = run(*command.split())
        assert result.exit_code == 2
        assert "var/shop.db is not a database" in result.stderr
    assert (folder / "var" / "shop.db").read_text() == "a shopping list, not a database\n"


def test_a_database_of_a_later_release(open_shop: Run, folder: Path) -> None:
    connection = sqlite3.connect(folder / "var" / "shop.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    result = open_shop("db", "upgrade")
    assert result.exit_code == 2
    assert "made by a later release of Regulars (revision 9999)" in result.stderr
    assert "has the tables of revision 9999" in open_shop("audit").stderr


def test_serving_without_a_token(run: Run) -> None:
    result = run("serve")
    assert result.exit_code == 2
    assert "Set REGULARS_BOT_TOKEN" in result.stderr


def test_serving_with_a_token_that_telegram_does_not_know(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot.sandbox", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as telegram:
        assert telegram.stdout is not None
        address = telegram.stdout.readline().split()[1]
        monkeypatch.setenv("REGULARS_BOT_API_URL", address)
        monkeypatch.setenv("REGULARS_BOT_TOKEN", "hush-not-a-token")
        try:
            result = run("serve", "bot")
        finally:
            telegram.terminate()
    assert result.exit_code == 2
    assert "Telegram does not know this bot token; set REGULARS_BOT_TOKEN" in result.stderr
    assert "hush-not-a-token" not in result.output


@pytest.mark.parametrize(("command", "setting"), [("serve api", "API"), ("sandbox", "SANDBOX"), ("demo", "SANDBOX")])
def test_a_port_in_use(run: Run, monkeypatch: pytest.MonkeyPatch, command: str, setting: str) -> None:
    monkeypatch.setenv("REGULARS_API_PORT", "0")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv(f"REGULARS_{setting}_PORT", str(port))
        result = run(*command.split())
    assert result.exit_code == 2
    assert f"127.0.0.1:{port}" in result.stderr
    assert "Address already in use" in result.stderr


def test_the_demo_leaves_another_shops_database_alone(books: Path, open_shop: Run) -> None:
    for arguments in (["demo"], ["demo", "--fresh"]):
        result = open_shop(*arguments)
        assert result.exit_code == 2
        assert "holds a shop that is not the demo's" in result.stderr
    assert open_shop("audit").exit_code == 0


def test_help_names_the_commands(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(
        name in result.stdout for name in ("demo", "serve", "sandbox", "db", "program", "import", "audit", "keys")
    )


def test_whoever_has_read_enough_may_stop_reading(folder: Path) -> None:
    """As `regulars … | head` does; nothing is said of it."""
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "program", "preview", str(CLUB), str(CLUB_STORY)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        command.stdout.close()
        assert command.stderr.read() == ""
    assert command.returncode == 0
