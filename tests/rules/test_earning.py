from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import When
from core.rules.earning import Basket, Buyer, Line, judge, whole
from tests.rules.small import PROGRAM

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
BASIC = Buyer("basic", first_purchase=False)


def line(number: int, amount: int, category: str = "grocery", quantity: int = 1) -> Line:
    return Line(number, f"sku-{number}", category, quantity, amount, amount)


def basket(*lines: Line, channel: str = "shop") -> Basket:
    return Basket(NOON, channel, lines)


def points(bought: Basket, buyer: Buyer = BASIC) -> dict[str, int]:
    return {grant.rule: grant.points for grant in judge(PROGRAM, 1, bought, buyer)}


@pytest.mark.parametrize(("tier", "expected"), [("basic", 12), ("silver", 18), ("gold", 25)])
def test_the_tier_multiplies(tier: str, expected: int) -> None:
    assert points(basket(line(1, 1250)), Buyer(tier, False)) == {"base": expected}


def test_it_is_rounded_once_a_purchase_and_not_by_line() -> None:
    assert points(basket(line(1, 150), line(2, 150))) == {"base": 3}


def test_a_category_multiplies_also_for_paths_below_it() -> None:
    assert points(basket(line(1, 1000, "fresh/fruit"), line(2, 1000))) == {"base": 30}


def test_an_excluded_category_earns_nothing_and_says_so() -> None:
    [grant] = judge(PROGRAM, 7, basket(line(1, 9900, "gift-card")), BASIC)
    assert (grant.kind, grant.points) == ("accrual", 0)
    assert grant.explanation == {
        "rule": "base",
        "version": 7,
        "inputs": {"total": 9900, "tier": "basic", "channel": "shop", "first_purchase": False},
        "steps": [],
        "caps": [],
        "not_applied": [
            {"rule": "base", "why": "no_eligible_lines"},
            {"rule": "first", "why": "not_first_purchase"},
            {"rule": "online", "why": "channel", "channel": "shop", "channels": ["web"]},
        ],
    }


def test_the_explanation_is_the_arithmetic() -> None:
    [grant] = judge(PROGRAM, 1, basket(line(1, 1234), line(2, 500, "fresh"), line(3, 66)), Buyer("silver", False))
    assert grant.explanation["steps"] == [
        {
            "do": "lines",
            "lines": [1, 3],
            "category": "grocery",
            "amount": 1300,
            "points": "1",
            "per": 100,
            "tier_rate": "3/2",
            "category_rate": "1",
            "exact": "39/2",
        },
        {
            "do": "lines",
            "lines": [2],
            "category": "fresh",
            "amount": 500,
            "points": "1",
            "per": 100,
            "tier_rate": "3/2",
            "category_rate": "2",
            "exact": "15",
        },
        {"do": "round", "mode": "down", "exact": "69/2", "points": 34},
    ]


def test_the_first_purchase_bonus_wants_a_first_purchase_of_enough() -> None:
    first = Buyer("basic", first_purchase=True)
    assert points(basket(line(1, 5000)), first) == {"base": 50, "first": 100}
    assert points(basket(line(1, 4999)), first) == {"base": 49}


def test_a_rule_can_leave_the_first_purchase_out() -> None:
    first, online, _ = PROGRAM.earning.rules
    not_first = online.model_copy(update={"when": When(except_first_purchase=True)})
    program = PROGRAM.model_copy(update={"earning": PROGRAM.earning.model_copy(update={"rules": [first, not_first]})})
    bought = basket(line(1, 10_000))
    assert [grant.rule for grant in judge(program, 1, bought, BASIC)] == ["base", not_first.id]
    [base] = judge(program, 1, bought, Buyer("basic", first_purchase=True))
    assert base.explanation["not_applied"] == [{"rule": not_first.id, "why": "first_purchase"}]


def test_a_third_of_a_point_is_exact() -> None:
    assert points(basket(line(1, 300), channel="web")) == {"base": 3, "online": 1}
    assert points(basket(line(1, 299), channel="web")) == {"base": 2}


def test_an_invited_friend_and_the_inviter_are_both_paid_with_the_first_purchase() -> None:
    grants = judge(PROGRAM, 1, basket(line(1, 5000)), Buyer("basic", True, invited=True))
    assert [(grant.rule, grant.points, grant.to_inviter) for grant in grants] == [
        ("base", 50, False),
        ("first", 100, False),
        ("referral_friend", 30, False),
        ("referral_inviter", 50, True),
    ]
    assert "referral_friend" not in points(basket(line(1, 5000)), Buyer("basic", False, invited=True))


def test_the_birthday_month_is_the_month_in_the_shop() -> None:
    monthly = PROGRAM.earning.rules[0].model_copy(
        update={"id": "birthday", "when": PROGRAM.earning.rules[0].when.model_copy(update={"birthday_month": True})}
    )
    program = PROGRAM.model_copy(
        update={"earning": PROGRAM.earning.model_copy(update={"rules": [*PROGRAM.earning.rules, monthly]})}
    )
    last_evening_of_february = Basket(datetime(2026, 2, 28, 16, 30, tzinfo=UTC), "shop", (line(1, 1000),))
    given_in = {
        month: {grant.rule for grant in judge(program, 1, last_evening_of_february, Buyer("basic", False, birthday))}
        for month, birthday in [("february", date(1990, 2, 11)), ("march", date(1990, 3, 11))]
    }
    assert given_in == {"february": {"base"}, "march": {"base", "birthday"}}


@pytest.mark.parametrize(
    ("exact", "rounding", "expected"),
    [("7/2", "down", 3), ("7/2", "half_up", 4), ("349/100", "half_up", 3), ("0", "half_up", 0), ("39/10", "down", 3)],
)
def test_rounding(exact: str, rounding: str, expected: int) -> None:
    assert whole(Fraction(exact), rounding) == expected


@given(st.lists(st.tuples(st.integers(0, 50_000), st.sampled_from(["grocery", "fresh", "gift-card"])), min_size=1))
def test_the_base_rule_is_the_formula(bought: list[tuple[int, str]]) -> None:
    rates = {"grocery": 1, "fresh": 2, "gift-card": 0}
    lines = [line(number, amount, category) for number, (amount, category) in enumerate(bought, 1)]
    expected = sum(amount * 3 * rates[category] for amount, category in bought) // 200
    assert points(basket(*lines), Buyer("silver", False))["base"] == expected


def test_a_rule_may_be_for_some_categories_alone() -> None:
    fresh = PROGRAM.earning.rules[0].model_copy(update={"categories": ["fresh/fish"]})
    program = PROGRAM.model_copy(update={"earning": PROGRAM.earning.model_copy(update={"rules": [fresh]})})
    lines = (
        Line(1, "cod", "fresh/fish/cod", 1, 1_000, 1_000),
        Line(2, "pear", "fresh/fruit", 1, 5_000, 5_000),
        Line(3, "pike", "fresh/fishing", 1, 5_000, 5_000),
    )
    [grant] = judge(program, 1, Basket(NOON, "web", lines), BASIC)
    assert grant.explanation["steps"][0]["lines"] == [1]
    [missed] = judge(program, 1, Basket(NOON, "web", lines[1:]), BASIC)
    assert (missed.points, missed.explanation["not_applied"]) == (0, [{"rule": "base", "why": "no_eligible_lines"}])


def test_both_sides_of_a_referral_explain_themselves() -> None:
    grants = judge(PROGRAM, 1, basket(line(1, 5000)), Buyer("basic", True, invited=True))
    friend, inviter = grants[-2:]
    assert (friend.kind, inviter.kind) == ("bonus", "bonus")
    for grant, points_ in ((friend, 30), (inviter, 50)):
        assert grant.explanation == {
            "rule": grant.rule,
            "version": 1,
            "inputs": {"total": 5000, "tier": "basic", "channel": "shop", "first_purchase": True},
            "steps": [{"do": "fixed", "lines": [1], "amount": 5000, "points": points_, "exact": str(points_)}],
            "caps": [],
            "not_applied": [],
        }
