"""Filters that cannot be asked say how to mend them; days are counted as business days."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from core.program.filters import Filter
from core.program.loading import load_file
from core.rules.segments import matches
from tests.conftest import SMALL

PROGRAM = load_file(SMALL)
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)  # 23:00 in Shanghai


def asks(fact: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"fact": fact, "is": operator, "value": value, **more}


def deep(levels: int) -> dict[str, Any]:
    return asks("stage", "one_of", "new") if levels == 1 else {"not": deep(levels - 1)}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (asks("teir", "at_least", "gold"), "there is no fact 'teir'; did you mean \"tier\"?"),
        (asks("tier", "atleast", "gold"), "tier cannot be asked 'atleast'; did you mean \"at_least\"?"),
        (asks("tier", "between", ["basic", "gold"]), "tier may be asked: one_of, at_least, at_most"),
        (asks("stage", "one_of", "lots"), "stage is never 'lots'; did you mean \"lost\"?"),
        (asks("recency", "at_least", 6), "recency takes a whole number from 1 to 5, not 6"),
        (asks("spend", "at_least", 1.5), "spend takes a whole number from 0 on, not 1.5"),
        (asks("spend", "at_least", True), "spend takes a whole number from 0 on, not True"),
        (asks("spend", "between", [5, 1]), "between takes the smaller number first"),
        (asks("joined", "before", "2026-02-30"), "joined takes a day as in 2026-03-02"),
        (asks("allow_offers", "equal", 1), "allow_offers takes true or false, not 1"),
        (asks("city", "one_of", []), "city takes a text, or a list of 1 to 200"),
        (asks("city", "one_of", ["Ulm", "\ud83d"]), "city takes a text, or a list of 1 to 200"),
        (asks("city", "known", "Ulm"), "city known takes no value"),
        (asks("category_spend", "at_least", 1), "category_spend is asked of a category: add of"),
        (asks("spend", "at_least", 1, of="grocery"), "spend takes no of; leave it out"),
        (asks("received", "any_of", "7"), "received takes sources, such as campaign:7"),
        ({"al": []}, "'al' is no part of a filter; did you mean \"all\"?"),
        ({"all": []}, "at least 1 item"),
        ({"is": "known"}, "fact is missing"),
        ({}, "give exactly one of all, any, not"),
        ({"any": [asks("stage", "known")], "fact": "tier"}, "give exactly one of all, any, not"),
        (deep(8), "nested deeper than 6"),
        ({"all": [{"any": [asks("stage", "known")] * 31}] * 2}, "more than 60 conditions"),
    ],
)
def test_what_cannot_be_asked(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Filter.model_validate(asked)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("bought_at", "days"),
    [
        (datetime(2026, 3, 1, 16, tzinfo=UTC), 0),  # the first moment of this day in Shanghai
        (datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 2, 1, 12, tzinfo=UTC), 29),
    ],
)
def test_days_are_business_days(bought_at: datetime, days: int) -> None:
    facts = {"last_purchase_at": bought_at}
    exactly = Filter.model_validate(asks("days_since_purchase", "between", [days, days]))
    assert matches(exactly, facts, PROGRAM, NOW)
    assert not matches(exactly, {"last_purchase_at": None}, PROGRAM, NOW)


def test_a_tier_that_the_program_no_longer_has_is_below_nobody() -> None:
    for operator in ("at_least", "at_most"):
        asked = Filter.model_validate(asks("tier", operator, "bronze"))
        assert not matches(asked, {"tier": "basic"}, PROGRAM, NOW)
    assert matches(Filter.model_validate(asks("tier", "at_least", "silver")), {"tier": "gold"}, PROGRAM, NOW)
