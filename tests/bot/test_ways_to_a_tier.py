"""The tier's screen says until when what is missing counts, in both languages."""

from __future__ import annotations

import pytest

from core.services.programs.publish_program import ensure_program
from core.shop import Shop
from tests.bot.conftest import Town
from tests.conftest import FrozenClock
from tests.rules.stores import PROGRAMS, shanghai
from tests.shopping import buy, line


@pytest.fixture
def program(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def shop(bare_shop: Shop, clock: FrozenClock, program: str) -> Shop:
    clock.set(shanghai(2026, 3, 2, 12))
    ensure_program(bare_shop, PROGRAMS / f"{program}.toml")
    return bare_shop


@pytest.mark.parametrize("program", ["department-store"], indirect=True)
@pytest.mark.parametrize(
    ("language", "today", "in_the_period"),
    [
        (
            "en",
            ["On the way to VIP", "▰▰▰▱▱▱▱▱▱▱ 30 %", "CN¥700.00 more to VIP",
             "What counts for it counts until Mar 2, 2026."],
            ["On the way to Silver", "▱▱▱▱▱▱▱▱▱▱ 0 %", "CN¥10,000.00 more to Silver",
             "What counts for it counts until Dec 31, 2027."],
        ),
        (
            "zh-Hans",
            ["距VIP 卡", "▰▰▰▱▱▱▱▱▱▱ 30 %", "再消费 ¥700.00 即升为VIP 卡", "统计截至 2026年3月2日。"],
            ["距银卡", "▱▱▱▱▱▱▱▱▱▱ 0 %", "再消费 ¥10,000.00 即升为银卡", "统计截至 2027年12月31日。"],
        ),
    ],
)  # fmt: skip
async def test_a_card_is_won_today_and_raised_in_its_period(
    town: Town, shop: Shop, language: str, today: list[str], in_the_period: list[str]
) -> None:
    anna = await town.member(language=language)
    buy(shop, anna.member().id, "1", line(30_000, "department"))
    assert "\n".join(today) in (await anna.send("/tier"))["text"]
    buy(shop, anna.member().id, "2", line(70_000, "department"))
    assert "\n".join(in_the_period) in (await anna.send("/tier"))["text"]


@pytest.mark.parametrize("program", ["private-clients"], indirect=True)
@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["On the way to Private client", "▰▰▰▰▰▰▰▰▰▰ 100 %",
                "✅ Private client is yours from Jan 1, 2027 on: you have done what it takes."]),
        ("zh-Hans", ["距私享会员", "▰▰▰▰▰▰▰▰▰▰ 100 %", "✅ 条件已达成，自 2027年1月1日 起升为私享会员。"]),
    ],
)  # fmt: skip
async def test_what_this_year_has_brought_already_is_told(
    town: Town, shop: Shop, language: str, told: list[str]
) -> None:
    anna = await town.member(language=language)
    buy(shop, anna.member().id, "1", line(20_000_001, "watches"))
    assert "\n".join(told) in (await anna.send("/tier"))["text"]
