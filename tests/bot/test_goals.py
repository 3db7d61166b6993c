"""The goals' screen, from the tier's, in both languages."""

from __future__ import annotations

import pytest

from core.shop import Shop
from tests.bot.conftest import Town
from tests.shopping import buy, line


@pytest.mark.parametrize(
    ("language", "button", "told"),
    [
        (
            "en",
            "🎯 Goals",
            [
                "🎯 Your goals",
                "",
                "Milestones",
                "▰▰▰▰▱▱▱▱▱▱ 40 %",
                "  In all: 400 points earned",
                "  600 points more by shopping: 100 points",
                "",
                "$5 back for each $300 of a month",
                "▰▰▰▰▰▰▱▱▱▱ 66 %",
                "  In the month 2026-03: $400.00 spent",
                "  So far: $5 back",
                "  $200.00 more brings $5 back",
            ],
        ),
        ("zh-Hans", "🎯 达标奖励", ["🎯 您的达标奖励", "", "积分里程碑"]),
    ],
)
async def test_goals_are_told(town: Town, shop: Shop, language: str, button: str, told: list[str]) -> None:
    anna = await town.member(language=language)
    buy(shop, anna.member().id, "1", line(40_000))
    assert button in str((await anna.send("/tier"))["buttons"])
    shown = (await anna.press("goals"))["text"]
    assert "\n".join(told) in shown
