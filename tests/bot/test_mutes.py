"""One tap on a message: no more of its kind; the settings show it and take it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.governor import Governor
from bot.delivery.worker import run_worker
from core.insight.mutes import muted
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.services.programs.publish_program import ensure_program
from core.shop import Shop
from tests.bot.conftest import TOKEN, Town
from tests.bot.delivery.conftest import POLICY, database_url
from tests.bot.delivery.post import message, plan, rows
from tests.bot.talk import Message, Person, buttons, labels, until
from tests.conftest import SMALL, FrozenClock

__all__ = ["database_url"]

JOURNEY = """
[[journeys]]
id = "birthday"
name = { en = "Birthday <wishes>", zh-Hans = "生日祝福" }
on = "birthday"

[[journeys.steps]]
text = { en = "Happy birthday, {name}!", zh-Hans = "{name}，生日快乐！" }
"""


@pytest.fixture
def shop(bare_shop: Shop, tmp_path: Path) -> Shop:
    program = tmp_path / "program.toml"
    program.write_text(SMALL.read_text("utf-8") + JOURNEY, "utf-8")
    ensure_program(bare_shop, program)
    return bare_shop


@asynccontextmanager
async def working(town: Town) -> AsyncIterator[None]:
    governor = Governor(1000)
    worker = asyncio.create_task(run_worker(town.shop, TOKEN, town.address, governor=governor, policy=POLICY))
    try:
        yield
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def told(town: Town, person: Person, **more: object) -> Message:
    """A message that nobody asked for, as it stands in the chat."""
    plan(town.shop, message(town.shop, person.member().id, **more))

    async def ended() -> bool:
        return bool(rows(town.shop)[-1].state == "sent")

    async with working(town):
        await until(ended, "the message")
    return await person.newest()


def agree(shop: Shop, member_id: int, **more: Any) -> None:
    wish = MemberChange(member_id=member_id, allow_care=True, allow_offers=True, **more)
    update_member(shop, Caller("staff:bo", f"agree:{member_id}"), wish)


async def test_a_tap_mutes_and_the_settings_take_it_back(town: Town, shop: Shop) -> None:
    anna, berta = await town.member("Anna"), await town.member("Berta")
    for each in (anna, berta):
        agree(shop, each.member().id)
    wish = await told(town, anna, source="journey:birthday", kind="care")
    assert labels(wish) == ["🔕 No more of these"]
    (pressed,) = buttons(wish)
    assert pressed == f"d{rows(shop)[0].id}:mute:{rows(shop)[0].id}"
    for forged in (pressed, "mute:1", "unmute", "unmute:a:b:c", "mute:x"):
        assert await berta.tap(forged) is not None
    shown = await anna.press(pressed, wish)
    assert shown["text"] == "🔕 You will get no more of “Birthday <wishes>”. Everything else stays as it is."
    kinds = {each.member().id: _muted(shop, each) for each in (anna, berta)}
    assert list(kinds.values()) == [["journey:birthday"], []]
    again = await anna.press("allow", shown)
    assert "🔕 Birthday <wishes>" in labels(again)
    await anna.press("unmute:journey:birthday", again)
    assert _muted(shop, anna) == []


async def test_the_careful_are_told_why_in_their_language(town: Town, shop: Shop, clock: FrozenClock) -> None:
    mei = await town.member("小美", "zh-hans")
    agree(shop, mei.member().id, style="careful")
    offer = await told(town, mei, text="<b>新品</b>", buttons=[[{"text": "优惠", "data": "offers"}]])
    assert offer["text"] == "新品\n\n为何收到：门店优惠。您同意接收优惠。"
    assert labels(offer) == ["优惠", "🔕 不再接收此类"]
    clock.move(seconds=1)
    must = await told(town, mei, text="订单已取消", kind="transactional", occasion="2")
    assert (must["text"], labels(must)) == ("订单已取消", [])


def _muted(shop: Shop, person: Person) -> list[str]:
    with shop.read() as session:
        return muted(session, person.member().id)
