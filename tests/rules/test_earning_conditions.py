"""When a rule earns nothing, or more: tiers, sums, birthdays, member days, caps. Each says so as data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from core.program.loading import load_file
from core.program.schema import DayRate, EarningRule, Program, When
from core.rules.caps import Earned
from core.rules.earning import Basket, Buyer, Grant, Line, judge
from tests.rules.small import PROGRAM

DEPARTMENT_STORE = load_file(Path(__file__).parent.parent.parent / "programs" / "department-store.toml")
MIDNIGHT = datetime(2026, 3, 7, 16, tzinfo=UTC)
"""In Shanghai: the first moment of 8 March."""


def buying(at: datetime, *amounts: int, category: str = "grocery") -> Basket:
    return Basket(at, "shop", tuple(Line(n, "sku", category, 1, each, each) for n, each in enumerate(amounts, 1)))


def having(**changes: Any) -> Program:
    """The small program with one rule: a point a yuan, and what is said here."""
    rule: EarningRule = PROGRAM.earning.rules[0].model_copy(update={"tier_rates": {}, "category_rates": {}, **changes})
    return PROGRAM.model_copy(
        update={"earning": PROGRAM.earning.model_copy(update={"rules": [rule]}), "referral": None}
    )


def only(program: Program, basket: Basket, buyer: Buyer) -> Grant:
    [grant] = judge(program, 1, basket, buyer)
    return grant


@pytest.mark.parametrize(
    ("when", "buyer", "unmet"),
    [
        (When(tiers=["silver"]), Buyer("silver", False), None),
        (When(tiers=["silver"]), Buyer("gold", False), {"why": "tier", "tier": "gold", "tiers": ["silver"]}),
        (When(min_spend=1000), Buyer("gold", False), None),
        (When(min_spend=1001), Buyer("gold", False), {"why": "min_spend", "min_spend": 1001, "spend": 1000}),
        (When(first_purchase=True), Buyer("gold", True), None),
        (When(first_purchase=True), Buyer("gold", False), {"why": "not_first_purchase"}),
        (When(birthday_month=True), Buyer("gold", False, date(1990, 3, 31)), None),
        (When(birthday_month=True), Buyer("gold", False, date(1990, 2, 8)), {"why": "not_birthday_month"}),
        (When(birthday_month=True), Buyer("gold", False), {"why": "not_birthday_month"}),
    ],
)
def test_a_condition_holds_or_says_why_not(when: When, buyer: Buyer, unmet: dict[str, Any] | None) -> None:
    grant = only(having(when=when), buying(MIDNIGHT, 1000), buyer)
    assert grant.points == (0 if unmet else 10)
    assert grant.explanation["not_applied"] == ([{"rule": "base", **unmet}] if unmet else [])


def test_the_birthday_month_ends_with_the_month_in_the_shop() -> None:
    program = having(when=When(birthday_month=True))
    april = datetime(2026, 3, 31, 16, tzinfo=UTC)
    buyer = Buyer("gold", False, date(1990, 3, 31))
    just_before = april - timedelta(microseconds=1)
    assert [only(program, buying(at, 1000), buyer).points for at in (just_before, april)] == [10, 0]


@pytest.mark.parametrize(("tier", "points"), [("none", 0), ("vip", 200), ("silver", 300), ("diamond", 500)])
def test_the_member_day_doubles_what_the_card_brings(tier: str, points: int) -> None:
    grant = only(DEPARTMENT_STORE, buying(MIDNIGHT, 10_000, category="department"), Buyer(tier, False))
    assert grant.points == points


def test_a_member_day_is_a_day_in_the_shop() -> None:
    buyer = Buyer("vip", False)
    moments = [
        MIDNIGHT - timedelta(microseconds=1),
        MIDNIGHT,
        MIDNIGHT + timedelta(hours=23),
        MIDNIGHT + timedelta(days=1),
    ]
    bought = [only(DEPARTMENT_STORE, buying(at, 10_000, category="department"), buyer) for at in moments]
    assert [grant.points for grant in bought] == [100, 200, 200, 100]
    rates = [[step.get("day_rate") for step in grant.explanation["steps"]] for grant in bought]
    assert rates == [["1", None], ["2", None], ["2", None], ["1", None]]


def test_member_days_that_meet_multiply() -> None:
    days = [
        DayRate(days=[7, 8], rate=Fraction(3)),
        DayRate(days=[8], rate=Fraction(1, 2)),
        DayRate(days=[9], rate=Fraction(9)),
    ]
    grant = only(having(day_rates=days), buying(MIDNIGHT, 1000), Buyer("gold", False))
    assert grant.points == 15
    assert grant.explanation["steps"][0]["day_rate"] == "3/2"


def test_rounding_is_the_programs() -> None:
    head = PROGRAM.program.model_copy(update={"rounding": "half_up"})
    for program, points in ((having(), 1), (having().model_copy(update={"program": head}), 2)):
        assert only(program, buying(MIDNIGHT, 150), Buyer("gold", False)).points == points


def test_a_cap_leaves_what_earlier_purchases_have_not_used() -> None:
    program = having(cap_per_day=12)
    buyer = Buyer("gold", False, earned={"base": Earned(5, 5), "other": Earned(12, 12)})
    grant = only(program, buying(MIDNIGHT, 1000), buyer)
    assert (grant.points, grant.explanation["caps"]) == (7, [{"cap": "day", "limit": 12, "before": 5, "points": 7}])


def test_only_the_first_grant_says_what_did_not_apply() -> None:
    first, second = judge(PROGRAM, 4, buying(MIDNIGHT, 5000), Buyer("basic", True, invited=False))
    assert [each["rule"] for each in first.explanation["not_applied"]] == ["online"]
    assert second.explanation == {
        "rule": "first",
        "version": 4,
        "inputs": {"total": 5000, "tier": "basic", "channel": "shop", "first_purchase": True},
        "steps": [{"do": "fixed", "lines": [1], "amount": 5000, "points": 100, "exact": "100"}],
        "caps": [],
        "not_applied": [],
    }


def test_a_friends_purchase_is_explained_by_the_version_that_paid() -> None:
    grants = judge(PROGRAM, 9, buying(MIDNIGHT, 5000), Buyer("basic", True, invited=True))
    assert [(grant.rule, grant.explanation["version"], grant.to_inviter) for grant in grants[-2:]] == [
        ("referral_friend", 9, False),
        ("referral_inviter", 9, True),
    ]


def test_lines_are_told_by_the_root_of_their_category() -> None:
    lines = tuple(
        Line(n, "sku", path, 1, 100, 100) for n, path in enumerate(("fresh/fruit/citrus", "fresh", "grocery"), 1)
    )
    grant = only(having(), Basket(MIDNIGHT, "shop", lines), Buyer("gold", False))
    assert [(step["category"], step["lines"]) for step in grant.explanation["steps"][:-1]] == [
        ("fresh", [1, 2]),
        ("grocery", [3]),
    ]
