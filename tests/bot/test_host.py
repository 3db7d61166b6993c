"""What is looked up at once, and what takes a thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert
from telegram import Update

from bot.guest import Desk
from bot.host import Host
from core.db.chats import chats
from core.shop import Shop
from tests.shopping import enrol_one

CHAT = 7


class CountingThreads(ThreadPoolExecutor):
    """Counts what it is given to do."""

    def __init__(self) -> None:
        super().__init__(1)
        self.given = 0

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        self.given += 1
        return super().submit(work, *arguments, **named)


class Telegram:
    """Takes every call."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def do_api_request(self, method: str, parameters: dict[str, Any]) -> None:
        self.texts.append(parameters["text"])


def written(text: str) -> Any:
    person = {"id": CHAT, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    message = {"message_id": 1, "date": 0, "chat": {"id": CHAT, "type": "private"}, "from": person, "text": text}
    return Update.de_json({"update_id": 1, "message": message}, None)


@pytest.mark.parametrize(
    ("text", "says", "quick"),
    [
        ("points", "⭐ <b>0 points</b>", True),
        ("tier", "Regular", True),
        ("menu", "Good to see you", True),
        ("settings", "", False),
        ("/checkin", "", False),
    ],
)
async def test_quick_looks_take_no_thread_where_reading_never_waits(
    shop: Shop, text: str, says: str, quick: bool
) -> None:
    member = enrol_one(shop)
    with shop.write() as session:
        row = {"id": CHAT, "member_id": member, "language": "en", "blocked": False, "seen_at": shop.now()}
        session.execute(insert(chats), row)
    telegram: Any = Telegram()
    with CountingThreads() as threads:
        assert await Host(Desk(shop), telegram, threads).serve(written(text))
    assert says in telegram.texts[0]
    assert (threads.given == 0) == (quick and shop.reads_at_once)
