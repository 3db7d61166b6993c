"""The demo as a user starts it: one process, one line on stdout, and everything behind the addresses in it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.cast import GOLD, PLATINUM, STRANGER
from demo.loading import card_number
from tests.conftest import FIVE_TIER

ROOT = FIVE_TIER.parent.parent
PATIENCE_S = 120


class Demo:
    """A running demo: its API and its chat, seen from outside."""

    def __init__(self, line: str) -> None:
        self.ready: dict[str, str] = json.loads(line)
        headers = {"Authorization": f"Bearer {self.ready['admin_key']}"}
        self.api = httpx.Client(base_url=f"{self.ready['api']}/v1", headers=headers, timeout=PATIENCE_S)
        self.chat = httpx.Client(base_url=f"{self.ready['chat']}sandbox", timeout=PATIENCE_S)

    def close(self) -> None:
        self.api.close()
        self.chat.close()

    def last(self, chat_id: int) -> int:
        messages = self.chat.get(f"/chats/{chat_id}/messages?after=0").json()
        return max((message["message_id"] for message in messages), default=0)

    def say(self, chat_id: int, text: str) -> str:
        """Write to the bot; its next message."""
        sent = self.chat.post(f"/chats/{chat_id}/send", json={"text": text})
        assert sent.status_code == 200, sent.text
        return self.answer(chat_id, sent.json()["message_id"])

    def answer(self, chat_id: int, after: int) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = self.chat.get(f"/chats/{chat_id}/messages?after={after}&wait_s=10").json()
            if texts := [str(message["text"]) for message in found if message["from"] == "bot"]:
                return texts[-1]
        raise AssertionError("the bot did not answer")

    def post(self, path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self.api.post(path, json=body, headers={"Idempotency-Key": key})
        assert response.status_code == 201, response.text
        given: dict[str, Any] = response.json()
        return given


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[Demo]:
    """Ends it with Ctrl-C, and expects a clean end."""
    errors = folder / "stderr.txt"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "demo", "--json", *arguments],
            cwd=folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, errors.read_text()
        demo = Demo(line)
        yield demo
        demo.close()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=PATIENCE_S)
        assert rest == ""
        assert process.returncode == 0, errors.read_text()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert "Traceback" not in errors.read_text()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    chosen = {"DEMO_MEMBERS": "3", "API_PORT": "0", "SANDBOX_PORT": "0", "PROGRAM_FILE": str(FIVE_TIER)}
    return {**kept, "PYTHONPATH": str(ROOT), **{f"REGULARS_{name}": value for name, value in chosen.items()}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Demo]:
    with started(folder) as demo:
        yield demo


def test_people_are_in_the_chat_and_have_been_greeted(demo: Demo) -> None:
    people = {person["chat_id"] for person in demo.chat.get("/users").json()}
    assert {PLATINUM.chat_id, GOLD.chat_id, STRANGER.chat_id} <= people
    assert "Jane Webb" in demo.answer(PLATINUM.chat_id, 0)
    assert "张佳慧" in demo.answer(GOLD.chat_id, 0)
    assert demo.last(STRANGER.chat_id) == 0


def test_a_purchase_at_the_till_is_in_the_chats_next_answer(demo: Demo) -> None:
    order = {
        "external_id": "receipt-1",
        "member": {"card_number": card_number(PLATINUM.household or 0)},
        "occurred_at": demo.chat.get("/clock").json()["now"],
        "store": "store-1",
        "channel": "shop",
        "lines": [
            {"sku": "apples", "category": "produce", "quantity": 2, "unit_price": 350, "regular_price": 350},
        ],
    }
    before = demo.say(PLATINUM.chat_id, "points")
    result = demo.post("/purchases", "till-1", order)
    assert [entry["points"] for entry in result["entries"]] == [15]  # $7.00, 3/2 as platinum, 3/2 for produce
    assert demo.post("/purchases", "till-1", order) == result
    after = demo.say(PLATINUM.chat_id, "points")
    assert f"{result['balance'] - 15:,}" in before
    assert f"{result['balance']:,}" in after
    assert "+15" in after


def test_the_whole_clock_can_be_moved_and_a_birthday_comes(demo: Demo) -> None:
    card = card_number(GOLD.household or 0)
    [member] = demo.api.get("/members", params={"q": card}).json()["items"]
    coupons = f"/members/{member['id']}/coupons"
    assert "birthday-10" not in demo.api.get(coupons).text
    before = demo.chat.get("/clock").json()["now"]
    moved = demo.chat.post("/clock", json={"advance_s": 86400})
    assert moved.status_code == 200
    assert moved.json()["now"] > before
    assert "birthday-10" in demo.api.get(coupons).text


def test_a_second_start_finds_everything_and_goes_on(tmp_path: Path) -> None:
    thanks = {"member": {"card_number": card_number(PLATINUM.household or 0)}, "points": 1, "reason": "thanks"}
    with started(tmp_path) as first:
        first.chat.post("/clock", json={"advance_s": 3600})
        balance = first.post("/adjustments", "thanks", thanks)["balance"]
        then = datetime.fromisoformat(first.chat.get("/clock").json()["now"])
    with started(tmp_path) as again:
        assert again.ready["admin_key"] != first.ready["admin_key"]
        assert datetime.fromisoformat(again.chat.get("/clock").json()["now"]) > then - timedelta(minutes=1)
        assert f"{balance:,}" in again.say(PLATINUM.chat_id, "points")
    audited = subprocess.run(
        [sys.executable, "-m", "cli", "audit"],
        cwd=tmp_path,
        env={**_environment(), "REGULARS_DATABASE_URL": "sqlite:///var/demo.db"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (audited.returncode, audited.stderr) == (0, "")
    assert "The books are right" in audited.stdout


def test_fresh_begins_anew(tmp_path: Path) -> None:
    database = tmp_path / "var" / "demo.db"
    database.parent.mkdir()
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE member (id INTEGER PRIMARY KEY)")
    connection.close()
    with started(tmp_path, "--fresh") as demo:
        assert "Jane Webb" in demo.answer(PLATINUM.chat_id, 0)
