"""Verdicts that say how sure they are."""

from __future__ import annotations

from typing import Any

import pytest

from core.program.loading import load_file
from core.words.lift import lift_words
from tests.conftest import FIVE_TIER

PROGRAM = load_file(FIVE_TIER)


def told(verdict: str, low: int | None, high: int | None, language: str = "en") -> list[str]:
    total = {"value": 155_400, "low": low, "high": high}
    lift: dict[str, Any] = {"total": total, "verdict": verdict, "per_thousand": {"value": 777_000}}
    lift |= {"buying": {"value": 250, "low": -30, "high": 530}, "buying_verdict": "not-conclusive"}
    return lift_words(PROGRAM, lift, language)


def test_a_verdict_comes_with_its_interval() -> None:
    assert told("more", 100_000, 210_000) == [
        "It brought $1,554.00 net of reward cost, by the best estimate; with 95 % confidence, between $1,000.00 and "
        "$2,100.00. For 1,000 members that is $7,770.00.",
        "Whether more members bought is not conclusive: +2.5 percentage points, between -0.3 and +5.3.",
    ]
    assert told("not-conclusive", -100, 210_000)[0].startswith("Not conclusive: by the best estimate it brought")
    assert told("too-few", None, None, "zh-Hans")[0] == "尚无定论：会员或购买太少，无法说明带来了什么。"


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_a_loss_is_called_one(language: str) -> None:
    assert any(word in told("less", -300, -200, language)[0] for word in ("It lost", "损失"))
