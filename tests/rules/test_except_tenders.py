"""What was paid in ways that a rule leaves out earns nothing, in exact proportion, and comes back in proportion."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.loading import load
from core.program.schema import Program
from core.rules.earning import Basket, Buyer, Grant, Line, judge
from core.rules.reversal import Refunded, worth
from core.words import explain
from tests.conftest import SMALL

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
SOURCE = SMALL.read_text(encoding="utf-8")
CARDS = 'except_tenders = ["stored-value", "gift-card"]\n'
PROGRAM = load(
    SOURCE.replace("per = 100\nexcept_cat", f"per = 100\n{CARDS}except_cat").replace(
        "fixed = 100\n", f"fixed = 100\n{CARDS}"
    ),
    "small",
)
LINES = (Line(1, "tea", "grocery", 2, 1_500, 1_500), Line(2, "fish", "fresh", 1, 2_000, 2_000))


def grants(tenders: dict[str, int], program: Program = PROGRAM, tier: str = "silver") -> dict[str, Grant]:
    return {each.rule: each for each in judge(program, 1, Basket(NOON, "shop", LINES, tenders), Buyer(tier, True))}


@pytest.mark.parametrize(
    ("tenders", "points"),
    [
        ({}, 105),  # (3,000 + 2,000 × 2) × 3/2 / 100
        ({"cash": 5_000}, 105),
        ({"stored-value": 1}, 104),  # 105 × 4,999/5,000
        ({"stored-value": 2_000, "cash": 3_000}, 63),
        ({"stored-value": 2_000, "gift-card": 1_000}, 42),
        ({"gift-card": 4_999}, 0),  # 105/5,000: less than a point
    ],
)
def test_the_part_paid_otherwise_earns(tenders: dict[str, int], points: int) -> None:
    found = grants(tenders)
    assert (found["base"].points, found["first"].points) == (points, 100)


def test_the_steps_say_so_and_add_up() -> None:
    told = grants({"stored-value": 2_000})["base"]
    grocery, fresh, rounded = told.explanation["steps"]
    assert [each["exact"] for each in (grocery, fresh, rounded)] == ["27", "36", "63"]
    assert (grocery["tender_rate"], grocery["tenders"]) == ("3/5", ["stored-value", "gift-card"])
    assert "tender_rate" not in grants({"cash": 1})["base"].explanation["steps"][0]
    entry = {"kind": "accrual", "points": 63, "rule": "base", "explanation": told.explanation}
    assert explain(PROGRAM, entry, "en", strict=True)[0] == (
        "Groceries, CN¥30.00 (item 1): 1 point for every CN¥1.00 × 1.5 as Silver"
        " × 0.6, the part not paid by stored-value, gift-card = 27 points"
    )
    assert "× 0.6（未以 stored-value、gift-card 支付的部分）" in explain(PROGRAM, entry, "zh-Hans", strict=True)[0]


@pytest.mark.parametrize("paid", [5_000, 6_000])
def test_nothing_comes_where_all_was_paid_so(paid: int) -> None:
    found = grants({"stored-value": paid})
    assert (list(found), found["base"].points, found["base"].explanation["steps"]) == (["base"], 0, [])
    left_out = {"why": "tender", "tenders": ["stored-value", "gift-card"]}
    missed = found["base"].explanation["not_applied"]
    assert missed[:2] == [{"rule": "base", **left_out}, {"rule": "first", **left_out}]
    entry = {"kind": "accrual", "points": 0, "rule": "base", "explanation": found["base"].explanation}
    said = explain(PROGRAM, entry, "en", strict=True)[1]
    assert said == "Not this time: Points for purchases – not for what is paid by stored-value, gift-card"


def test_other_rules_do_not_ask() -> None:
    assert grants({"stored-value": 5_000}, load(SOURCE, "small"))["base"].points == 105


@given(paid=st.integers(0, 4_999), first=st.integers(0, 5_000), second=st.integers(0, 5_000), fish=st.booleans())
def test_parts_that_come_back_add_up_to_the_whole(paid: int, first: int, second: int, fish: bool) -> None:
    """In two parts or at once the same is left; with everything back nothing is; and more paid so never earns more."""
    steps = grants({"stored-value": paid})["base"].explanation["steps"]
    whole_grant = worth(steps, LINES, Refunded({}))
    lines = {2: 1} if fish else {}
    left = worth(steps, LINES, Refunded(lines, min(first, 5_000 - 2_000 * fish)))
    both = worth(steps, LINES, Refunded(lines, min(first + second, 5_000 - 2_000 * fish)))
    assert 0 <= both <= left <= whole_grant == grants({"stored-value": paid})["base"].points
    assert worth(steps, LINES, Refunded({1: 2, 2: 1})) == worth(steps, LINES, Refunded({}, 5_000)) == 0
    assert grants({"stored-value": min(paid + first, 5_000)})["base"].points <= whole_grant
