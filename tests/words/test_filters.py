"""Filters in words, every fact and operator of them."""

from __future__ import annotations

from typing import Any

import pytest

from core.program.filters import FACTS, OPERATORS, Fact, Filter
from core.program.loading import load_file
from core.words.filters import filter_words
from tests.conftest import FIVE_TIER

PROGRAM = load_file(FIVE_TIER)


def told(asked: dict[str, Any], language: str = "en") -> str:
    return filter_words(PROGRAM, Filter.model_validate(asked), language, strict=True)


GOLD = {"fact": "tier", "is": "at_least", "value": "gold"}
AWAY = {"fact": "days_since_purchase", "is": "between", "value": [60, 90]}
SPENT = {"fact": "spend_365", "is": "at_least", "value": 50_000}
BOUGHT = {"fact": "category", "is": "any_of", "value": ["grocery", "produce"]}


def test_a_nested_filter() -> None:
    asked = {"all": [GOLD, {"any": [AWAY, {"not": SPENT}]}, BOUGHT]}
    assert told(asked) == (
        "the tier is at least Gold, and (the time since the last purchase is from 60 days to 90 days, or not: the "
        "spending in 365 days is at least $500.00), and has bought: Grocery, Fruit and vegetables (any)"
    )
    assert told(asked, "zh-Hans").startswith("等级至少 ")


def a_value(fact: Fact, operator: str) -> Any:
    if operator == "known":
        return None
    number = {"between": [1, 2]}.get(operator, 1)
    values: dict[str, Any] = {
        "day": "2026-03-02", "yes": True, "tier": "gold", "text": "x", "choice": fact.choices[:1], "set": "campaign:1"
    }  # fmt: skip
    value = values.get(fact.kind, number)
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_question_has_words(language: str) -> None:
    for name, fact in FACTS.items():
        for operator in OPERATORS[fact.kind]:
            asked = {"fact": name, "is": operator, "value": a_value(fact, operator)}
            assert told(asked | ({"of": "grocery"} if fact.of else {}), language)
