"""The thanks for a purchase carry stars; a tap on one is the review."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.insight.feedback import feedback
from core.services.care.plan_care import plan_care
from core.services.programs.publish_program import ensure_program
from core.shop import Shop
from tests.bot.conftest import Town
from tests.bot.delivery.conftest import database_url
from tests.bot.delivery.post import rows
from tests.bot.talk import buttons, labels, until
from tests.bot.test_mutes import agree, working
from tests.conftest import SMALL, FrozenClock
from tests.shopping import buy, line

__all__ = ["database_url"]

JOURNEY = """
[[journeys]]
id = "thanks"
name = { en = "Thanks", zh-Hans = "感谢" }
on = "purchase"
once = "month"

[[journeys.steps]]
text = { en = "Thanks for {amount}", zh-Hans = "感谢您消费 {amount}" }
opens = "review"
"""


@pytest.fixture
def shop(bare_shop: Shop, tmp_path: Path) -> Shop:
    program = tmp_path / "program.toml"
    program.write_text(SMALL.read_text("utf-8") + JOURNEY, "utf-8")
    ensure_program(bare_shop, program)
    plan_care(bare_shop)
    return bare_shop


async def test_a_tap_on_a_star_is_the_review(town: Town, shop: Shop, clock: FrozenClock) -> None:
    anna, berta = await town.member("Anna"), await town.member("Berta")
    agree(shop, anna.member().id)
    bought = buy(shop, anna.member().id, "p1", line(5000)).id
    clock.move(minutes=1)
    plan_care(shop)

    async def sent() -> bool:
        return [row.state for row in rows(shop)] == ["sent"]

    async with working(town):
        await until(sent, "the thanks")
    thanks = await anna.newest()
    assert labels(thanks) == ["1 ⭐", "2 ⭐", "3 ⭐", "4 ⭐", "5 ⭐", "🔕 No more of these"]
    assert buttons(thanks)[1] == f"d{rows(shop)[0].id}:review:{bought}:2"
    for forged in (buttons(thanks)[0], f"review:{bought}:5", f"review:{bought}", f"review:{bought}:x"):
        assert await berta.tap(forged) is not None
    for forged in (f"review:{bought}:6", f"review:{bought}:0", "review:0:5"):
        assert await anna.tap(forged) is not None
    assert _said(shop) == []
    frank = await anna.press(buttons(thanks)[1], thanks)
    assert frank["text"] == "⭐⭐ Thank you for being frank. We are sorry: what went wrong?"
    assert buttons(frank)[0] == "tell:complaint"
    assert _said(shop) == [(anna.member().id, bought, 2)]


def _said(shop: Shop) -> list[tuple[int, int | None, int | None]]:
    with shop.read() as session:
        return [(each.member_id, each.purchase_id, each.stars) for each in feedback(session, None, 5)]
