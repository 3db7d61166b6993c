"""What is looked up at once, what takes a thread, and what takes none that others need."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any, cast

import pytest
from sqlalchemy import insert
from telegram import Update

from bot.codes import Scan
from bot.guest import Desk, WantsPicture
from bot.host import Host
from bot.screen import KEEP, Answer, Screen
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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_pictures_wait_for_one_another_and_take_no_thread_of_the_others(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram, looking, looked = Telegram(), Event(), Event()
    order: list[bytes] = []

    def slow(content: bytes) -> Scan:
        order.append(content)
        looking.set()
        assert looked.wait(20)
        return Scan((content.decode(),))

    async def fetched(_bot: Any, file_id: str, _most: int) -> bytes:
        return file_id.encode()

    def wants(desk: Desk, update: Any, _late: bool, found: Scan | None = None) -> Answer:
        desk.no_hurry()
        if update.message.text.startswith("/") and found is None:
            raise WantsPicture(update.message.text)
        return Answer((Screen(found.codes[0] if found else "hello"),), dialogue=KEEP)

    for name, instead in (("scan", slow), ("fetched", fetched), ("handle", wants)):
        monkeypatch.setattr(f"bot.host.{name}", instead)
    with ThreadPoolExecutor(1) as threads:
        host = Host(Desk(shop), cast(Any, telegram), threads)
        photos = [asyncio.create_task(host.serve(written(text))) for text in ("/a", "/b")]
        try:
            await asyncio.to_thread(looking.wait, 20)
            await host.serve(written("hello"))
            assert (telegram.texts, order) == (["hello"], [b"/a"])
        finally:
            looked.set()
        await asyncio.gather(*photos)
    assert telegram.texts == ["hello", "/a", "/b"]
