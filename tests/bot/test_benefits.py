"""The tier's screen tells what comes with the tier, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.services.common import MemberRef
from core.services.once import Caller
from core.services.programs.publish_program import ProgramDraft, publish_program
from core.services.rewards.draw_benefit import BenefitDraw, draw_benefit
from core.shop import Shop
from tests.bot.conftest import Town
from tests.conftest import FrozenClock
from tests.shopping import TILL, buy, line

STORE = Path(__file__).parent.parent.parent / "programs" / "department-store.toml"
SCARF = """
[[member_prices]]
id = "scarf"
name = { en = "Silk scarf", zh-Hans = "真丝围巾" }
sku = "scarf-7"
price = 19900
tiers = ["silver"]
"""


@pytest.fixture
def shop(bare_shop: Shop, clock: FrozenClock) -> Shop:
    """The department store at noon in Shanghai."""
    clock.set(datetime(2026, 3, 2, 4, 0, tzinfo=UTC))
    wish = ProgramDraft(source=STORE.read_text(encoding="utf-8") + SCARF)
    publish_program(bare_shop, Caller("staff:bo", "1"), wish)
    return bare_shop


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "Yours with this tier",
                "  • Card discount on regular-price goods: 5 % off",
                "  • Card discount on dining: 10 % off",
                "  • Silk scarf: CN¥199.00",
                "  • Free parking: 15 hours left, 1 hour drawn today",
                "  • Lakeside Hotel: Room upgrade. The next better room where one is free; show your card at the desk.",
                "  • Grand Cinema: 10 % off tickets. At the box office, with your card.",
            ],
        ),
        (
            "zh-Hans",
            [
                "本等级权益",
                "  • 正价商品会员折扣：减 5%",
                "  • 餐饮会员折扣：减 10%",
                "  • 真丝围巾：¥199.00",
                "  • 免费停车：剩余 15 小时，今日已用 1 小时",
                "  • 湖畔酒店：客房升级。有空房时升级一档，前台出示会员卡即可。",
                "  • 大光明影院：电影票 9 折。凭会员卡在售票处享受。",
            ],
        ),
    ],
)
async def test_the_tier_shows_its_benefits(
    town: Town, shop: Shop, clock: FrozenClock, language: str, told: list[str]
) -> None:
    anna = await town.member(language=language)
    member = anna.member()
    assert told[0] not in (await anna.send("/tier"))["text"]
    buy(shop, member.id, "1", line(100_000, "department"))
    clock.move(hours=1)
    buy(shop, member.id, "2", line(1_000_000, "department"))
    draw_benefit(shop, Caller(TILL, "d"), BenefitDraw(member=MemberRef(id=member.id), benefit="parking", amount=1))
    shown = (await anna.send("/tier"))["text"]
    assert "\n".join(told) in shown
