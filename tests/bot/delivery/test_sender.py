"""The sender against the sandbox: what every answer of Telegram's, and its silence, comes to."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.app import create_application
from bot.delivery.governor import Governor
from bot.delivery.worker import governor_of
from core.db.chats import chats
from core.db.deliveries import senders
from core.insight.queues import queues
from core.services.deliveries.deliver import Turn, begin, turn
from core.services.deliveries.leaving import Outcome
from core.services.deliveries.senders import Lead, resign
from core.shop import DatabaseUnavailable, Shop
from tests.bot.conftest import no_wait, polling
from tests.bot.delivery.conftest import POLICY, Post
from tests.bot.delivery.post import TOKEN, add_members, message, plan, rows, seat, states
from tests.bot.talk import Person, until


async def planned(post: Post, count: int, **more: object) -> list[int]:
    """So many members with a message each; their chats."""
    seats = await seat(post.http, count)
    plan(post.shop, *(message(post.shop, each, **more) for each in add_members(post.shop, seats)))
    return seats


async def test_a_message_arrives_as_it_was_planned(post: Post) -> None:
    (chat_id,) = await planned(
        post, 1, text="<b>Hello</b> & more", buttons=[[{"text": "Offers", "data": "offers"}],
                                                    [{"text": "Web", "url": "https://example.org/"}]]
    )  # fmt: skip
    async with post.sending():
        assert await post.done() == ["sent"]
    (seen,) = [
        each
        for each in (await post.http.get(f"/sandbox/chats/{chat_id}/messages?after=0&wait_s=0")).json()
        if each["from"] == "bot"
    ]
    (row,) = rows(post.shop)
    assert (seen["text"], seen["message_id"]) == ("Hello & more", row.message_id)
    assert [[(each["text"], each["data"], each["url"]) for each in line] for line in seen["buttons"]] == [
        [("Offers", f"d{row.id}:offers", None)], [("Web", None, "https://example.org/")],
        [("🔕 No more of these", f"d{row.id}:mute:{row.id}", None)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "fault", "state", "calls", "blocked"),
    [
        ("promo", {"kind": "403"}, "blocked", 1, True),
        ("promo", {"kind": "500"}, "sent", 2, False),
        ("promo", {"kind": "429", "retry_after": 1}, "sent", 2, False),
        ("promo", {"kind": "lost_before"}, "in_doubt", 1, False),
        ("promo", {"kind": "lost_after"}, "in_doubt", 1, False),
        ("transactional", {"kind": "lost_after"}, "sent", 2, False),
        ("transactional", {"kind": "lost_after", "times": 2}, "in_doubt", 2, False),
    ],
)
async def test_what_an_answer_comes_to(
    post: Post, kind: str, fault: dict[str, object], state: str, calls: int, blocked: bool
) -> None:
    await planned(post, 1, kind=kind)
    await post.fault(**fault)  # type: ignore[arg-type]
    async with post.sending():
        assert await post.done() == [state]
    assert len(await post.calls()) == calls
    with post.shop.read() as session:
        assert session.execute(select(chats.c.blocked)).scalar_one() is blocked


async def test_a_chat_that_is_not_there_and_a_text_that_telegram_refuses(post: Post) -> None:
    (chat_id,) = await planned(post, 1, text="<b>never closed")
    plan(post.shop, message(post.shop, add_members(post.shop, [chat_id + 5000])[0]))
    async with post.sending():
        assert await post.done() == ["failed", "blocked"]
    assert [row.error.split(":")[0] for row in rows(post.shop)] == ["Can't parse entities", "Chat not found"]


async def test_telegrams_wait_outlives_the_process(post: Post, shop: Shop) -> None:
    await planned(post, 1)
    await post.fault("429", retry_after=30)
    with ThreadPoolExecutor(1) as threads:
        async with post.sending(governor_of(shop, TOKEN, 30, threads)):

            async def put_off() -> bool:
                return states(shop) == ["planned"] and rows(shop)[0].error is not None

            await until(put_off, "the 429")
    with ThreadPoolExecutor(1) as threads:
        later = governor_of(shop, TOKEN, 30, threads)
    assert later.room(1) == 0
    assert len(await post.calls()) == 1
    reply = asyncio.create_task(later.reply(1))
    await asyncio.sleep(0)
    assert not reply.done()
    reply.cancel()


async def test_a_token_that_is_revoked_loses_nothing_and_is_told(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.delivery.sender.UNKNOWN_S", 0.5)
    await planned(post, 1)
    await post.fault("401", times=1)

    def refused() -> list[int]:
        with post.shop.read() as session:
            return queues(session, post.shop.now()).refused

    async def told() -> bool:
        return refused() == [42]

    with capture_logs() as logs:
        async with post.sending():
            await until(told, "the refusal")
            assert await post.done() == ["sent"]
    assert any("set REGULARS_BOT_TOKEN" in each["event"] for each in logs)
    assert refused() == []


async def test_one_sends_and_another_takes_over_when_it_is_gone(post: Post) -> None:
    await planned(post, 6)
    slow = Governor(5)
    async with post.sending(), post.sending(slow), post.sending(slow):
        await post.done()
    assert states(post.shop) == ["sent"] * 6
    assert len(await post.calls()) == 6
    plan(post.shop, *(message(post.shop, row.member_id, occasion="2") for row in rows(post.shop)))
    async with post.sending():  # whoever stops lets the next one in at once
        await post.done()
    assert len(await post.calls()) == 12


async def test_a_commit_whose_answer_is_lost_loses_nothing_and_sends_nothing_twice(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = count(1)

    def unheard(*given: Any) -> Turn:
        done = turn(*given)
        if next(turns) % 2:
            raise DatabaseUnavailable("the connection broke after COMMIT")
        return done

    monkeypatch.setattr("bot.delivery.sender.turn", unheard)
    monkeypatch.setattr("bot.delivery.sender.POLL_S", 0.01)
    await planned(post, 8)
    async with post.sending(Governor(30)):
        assert await post.done() == ["sent"] * 8
    assert len(await post.calls()) == 8
    assert next(turns) > 4


async def test_who_lost_the_lead_still_tells_what_telegram_answered(post: Post) -> None:
    await planned(post, 1)
    await post.http.put("/sandbox/limits", json={"latency_ms": 800})
    async with post.sending():

        async def leaving() -> bool:
            return bool(await post.calls())

        await until(leaving, "the request")
        later = post.shop.now() + timedelta(seconds=5)
        assert begin(post.shop, Lead(42, "42:other"), POLICY, later, later + timedelta(minutes=1)) is not None
        assert states(post.shop) == ["in_doubt"]

        async def settled() -> bool:
            return states(post.shop) == ["sent"]

        await until(settled, "the late answer")
    assert len(await post.calls()) == 1


class Gate(Governor):
    """Lets nothing leave until it is opened."""

    def __init__(self) -> None:
        super().__init__(1000)
        self.opened = asyncio.Event()

    async def message(self, chat_id: int) -> None:
        await self.opened.wait()
        await super().message(chat_id)


async def test_what_waited_while_another_led_is_not_sent_once_more(post: Post) -> None:
    gate, other, later = Gate(), Lead(42, "42:other"), post.shop.now() + timedelta(minutes=1)
    await planned(post, 1, kind="transactional")
    async with post.sending(gate):

        async def marked() -> bool:
            return states(post.shop) == ["sending"]

        await until(marked, "the mark")
        assert begin(post.shop, other, POLICY, later, later + timedelta(minutes=1)) is not None
        going: list[Any] = []

        async def taken() -> bool:
            going.extend(turn(post.shop, other, [], 9, POLICY, later).outgoing)
            return bool(going)

        await until(taken, "the other's message")
        turn(post.shop, other, [Outcome(each, "sent", message_id=999) for each in going], 0, POLICY, later)
        resign(post.shop, other)

        async def leads_again() -> bool:
            with post.shop.read() as session:
                return session.execute(select(senders.c.holder)).scalar_one() is not None

        await until(leads_again, "the first one")
        gate.opened.set()
        (second,) = await planned(post, 1)
        assert await post.done() == ["sent"] * 2
    assert [int(each["chat_id"]) for each in await post.calls()] == [second]
    assert rows(post.shop)[0].message_id == 999


async def test_what_waits_when_the_worker_stops_stays_planned(post: Post) -> None:
    await planned(post, 8)
    async with post.sending(Governor(10)):

        async def begun() -> bool:
            return "sent" in states(post.shop)

        await until(begun, "the first one")
    found = states(post.shop)
    assert set(found) == {"sent", "planned"}
    assert found.count("sent") == len(await post.calls())


async def test_a_tap_on_a_message_in_doubt_proves_it_and_leaves_it_to_be_read(post: Post) -> None:
    (chat_id,) = await seat(post.http, 1)
    (member_id,) = add_members(post.shop, [chat_id])
    plan(post.shop, message(post.shop, member_id, buttons=[[{"text": "Offers", "data": "offers"}]]))
    await post.fault("lost_after")
    async with post.sending():
        assert await post.done() == ["in_doubt"]
    bot = create_application(post.shop, TOKEN, post.address, sleep=no_wait)
    task = await polling(bot)
    try:
        person = Person(post.http, bot, post.shop, chat_id)
        await person.send("menu")
        (unproven,) = rows(post.shop)
        offer = next(each for each in await person.messages() if each["text"] == f"For member {member_id}")
        assert await person.tap(f"d{unproven.id + 1}:offers", offer) == "That button is not valid any more."
        shown = await person.press(f"d{unproven.id}:offers", offer)
        assert shown["message_id"] > offer["message_id"]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    (row,) = rows(post.shop)
    assert (row.state, row.message_id) == ("sent", offer["message_id"])
    assert row.tapped_at is not None
