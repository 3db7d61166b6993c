"""What placeholders say, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from core.program.loading import load
from core.services.care.care_words import Told, filling
from tests.conftest import FIVE_TIER

PROGRAM = load(FIVE_TIER.read_text("utf-8"), "five-tier")


@pytest.mark.parametrize(
    ("tier", "language", "price", "missing"),
    [
        ("gold", "en", "500 points and $7.00", "40 points"),
        ("gold", "zh-Hans", "500 积分加 US$7.00", "40 积分"),
    ],
)
def test_a_reward_within_reach_is_told_with_the_money_on_top(
    tier: str, language: str, price: str, missing: str
) -> None:
    journey = next(each for each in PROGRAM.journeys if each.on == "reward_in_reach")
    bouquet = PROGRAM.reward("bouquet")
    assert bouquet is not None
    row, more = SimpleNamespace(tier=tier, balance=460), {"prices": {tier: bouquet.prices[1]}}
    at = datetime(2026, 3, 2, tzinfo=UTC)
    told = Told(PROGRAM, journey, journey.steps[0], language, row, more, date(2026, 3, 2), at)
    assert filling(told, ["price", "missing"]) == {"price": price, "missing": missing}
    told = Told(PROGRAM, journey, journey.steps[0], language, row, {"prices": {tier: bouquet.prices[0]}}, at.date(), at)
    assert "$" not in filling(told, ["price"])["price"]
