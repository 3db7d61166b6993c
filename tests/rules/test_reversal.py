from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.earning import Basket, Buyer, Line, judge
from core.rules.refusal import Refusal
from core.rules.reversal import Refunded, add, granted, split, worth
from tests.rules.small import PROGRAM

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
LINES = (
    Line(1, "tea", "grocery", 3, 333, 333),
    Line(2, "fish", "fresh", 2, 1250, 1250),
    Line(3, "tea", "grocery", 1, 300, 333),
    Line(4, "card", "gift-card", 1, 5000, 5000),
)
TOTAL = 999 + 2500 + 300 + 5000


def steps(rule: str) -> list[dict[str, object]]:
    grants = judge(PROGRAM, 1, Basket(NOON, "web", LINES), Buyer("silver", True))
    return next(grant.explanation["steps"] for grant in grants if grant.rule == rule)


def test_nothing_back_leaves_what_was_granted() -> None:
    assert worth(steps("base"), LINES, Refunded({})) == granted(steps("base")) == (1299 * 3 // 2 + 2500 * 3) // 100


def test_all_back_leaves_nothing() -> None:
    everything = Refunded({1: 3, 2: 2, 3: 1, 4: 1})
    assert [worth(steps(rule), LINES, everything) for rule in ("base", "first", "online")] == [0, 0, 0]
    assert worth(steps("base"), LINES, Refunded({1: 3}, TOTAL - 999)) == 0


def test_a_line_takes_what_it_earned() -> None:
    assert worth(steps("base"), LINES, Refunded({2: 1})) == (1299 * 3 // 2 + 1250 * 3) // 100


def test_a_line_that_earned_nothing_takes_nothing_of_that_rule() -> None:
    assert worth(steps("base"), LINES, Refunded({4: 1})) == granted(steps("base"))


def test_a_fixed_bonus_goes_in_proportion() -> None:
    assert worth(steps("first"), LINES, Refunded({4: 1})) == 100 * (TOTAL - 5000) // TOTAL


def test_an_amount_goes_in_proportion_over_all() -> None:
    exact = Fraction(1299 * 3, 200) + Fraction(2500 * 3, 100)
    assert worth(steps("base"), LINES, Refunded({}, TOTAL // 2)) == int(exact - exact * (TOTAL // 2) / TOTAL)


def test_a_sku_on_two_lines_is_taken_in_order() -> None:
    assert split(LINES, Refunded({1: 2}), [("tea", 2)], None) == Refunded({1: 1, 3: 1})


@pytest.mark.parametrize(
    ("before", "wanted", "amount", "refusal"),
    [
        (Refunded({}), [("tea", 5)], None, Refusal("refund-above-quantity", {"sku": "tea", "asked": 5, "left": 4})),
        (
            Refunded({}),
            [("tea", 4), ("tea", 1)],
            None,
            Refusal("refund-above-quantity", {"sku": "tea", "asked": 1, "left": 0}),
        ),
        (
            Refunded({2: 2}),
            [("fish", 1)],
            None,
            Refusal("refund-above-quantity", {"sku": "fish", "asked": 1, "left": 0}),
        ),
        (Refunded({}), [("milk", 1)], None, Refusal("refund-unknown-sku", {"sku": "milk"})),
        (Refunded({}), [], TOTAL + 1, Refusal("refund-above-purchase", {"asked": TOTAL + 1, "left": TOTAL})),
        (Refunded({4: 1}), [], 3800, Refusal("refund-above-purchase", {"asked": 3800, "left": 3799})),
        (Refunded({}, 8000), [("fish", 1)], None, Refusal("refund-above-purchase", {"asked": 1250, "left": 799})),
    ],
)
def test_no_more_comes_back_than_was_bought(
    before: Refunded, wanted: list[tuple[str, int]], amount: int | None, refusal: Refusal
) -> None:
    assert split(LINES, before, wanted, amount) == refusal


parts = st.lists(
    st.one_of(st.tuples(st.sampled_from(["tea", "fish", "card"]), st.integers(1, 2)), st.integers(1, 4000)),
    max_size=8,
)


@given(wanted=parts, rule=st.sampled_from(["base", "first", "online"]))
def test_parts_add_up_to_the_whole(wanted: list[tuple[str, int] | int], rule: str) -> None:
    """What each part takes adds up to what all of it at once would take, and never below nothing."""
    refunded = Refunded({})
    taken, left = 0, granted(steps(rule))
    for part in wanted:
        amount = part if isinstance(part, int) else None
        accepted = split(LINES, refunded, [part] if isinstance(part, tuple) else [], amount)
        if isinstance(accepted, Refusal):
            continue
        refunded = add(refunded, accepted)
        now = worth(steps(rule), LINES, refunded)
        assert 0 <= now <= left
        taken, left = taken + left - now, now
    assert taken == granted(steps(rule)) - worth(steps(rule), LINES, refunded)
    if refunded.value(LINES) == TOTAL:
        assert left == 0


def test_a_bonus_for_something_free_stays_while_it_stays() -> None:
    lines = (Line(1, "tea", "grocery", 1, 1000, 1000), Line(2, "gift", "fresh", 2, 0, 500))
    fixed = [{"do": "fixed", "lines": [2], "amount": 0, "points": 30, "exact": "30"}]
    assert worth(fixed, lines, Refunded({1: 0}, 0)) == 30
    assert worth(fixed, lines, Refunded({2: 1})) == 15
    partly = (Line(1, "tea", "grocery", 2, 1000, 1000), lines[1])
    assert [worth(fixed, partly, Refunded(back)) for back in ({1: 1}, {1: 1, 2: 1}, {1: 2, 2: 2})] == [30, 15, 0]


def granted_by(*exact: str, mode: str = "down") -> list[dict[str, Any]]:
    """A grant of a line each, in the order of the purchase's lines."""
    shares: list[dict[str, Any]] = [
        {"do": "lines", "lines": [number], "exact": each} for number, each in enumerate(exact, 1)
    ]
    whole_points = sum((Fraction(each) for each in exact), Fraction(0))
    points = int(whole_points + (Fraction(1, 2) if mode == "half_up" else 0))
    return [{"do": "tier"}, *shares, {"do": "round", "mode": mode, "exact": str(whole_points), "points": points}]


PAIR = (Line(1, "pen", "grocery", 2, 1, 1), Line(2, "ink", "grocery", 1, 8, 8))


def test_what_is_left_is_rounded_as_it_was_granted() -> None:
    assert worth(granted_by("3/2", "2", mode="half_up"), PAIR, Refunded({2: 1})) == 2
    assert worth(granted_by("3/2", "2"), PAIR, Refunded({2: 1})) == 1
    assert worth(granted_by("1", "0", mode="half_up"), PAIR, Refunded({1: 1})) == 1


def test_the_smallest_amount_back_takes_its_share() -> None:
    assert worth(granted_by("10", "0"), PAIR, Refunded({}, 1)) == 9
    assert worth(granted_by("10", "0"), PAIR, Refunded({1: 1})) == 5


def test_never_less_than_nothing_is_left() -> None:
    """An amount that names no line may have been for the very line that came back as well."""
    assert worth(granted_by("10", "0"), PAIR, Refunded({1: 2}, 4)) == 0
    assert worth(granted_by("10", "0", mode="half_up"), PAIR, Refunded({1: 1}, 5)) == 0


def test_everything_left_may_come_back() -> None:
    assert split(PAIR, Refunded({}), [], 10) == Refunded({}, 10)
    assert split(PAIR, Refunded({1: 1}, 1), [("ink", 1)], None) == Refunded({2: 1})
    assert split(PAIR, Refunded({}, 2), [("ink", 1)], None) == Refunded({2: 1})


def test_a_sku_is_taken_from_as_many_lines_as_it_needs() -> None:
    lines = tuple(Line(number, "tea", "grocery", 3, 100, 100) for number in (1, 2, 3))
    assert split(lines, Refunded({1: 1}), [("tea", 4)], None) == Refunded({1: 2, 2: 2})
    assert split(lines, Refunded({1: 1}), [("tea", 1), ("tea", 2), ("tea", 4)], None) == Refunded({1: 2, 2: 3, 3: 2})


def test_a_line_that_a_rule_left_out_does_not_end_the_reckoning() -> None:
    mixed = [*granted_by("4", "6")[:2], {"do": "note"}, *granted_by("4", "6")[2:]]
    assert worth(mixed, PAIR, Refunded({1: 1})) == 8


def test_what_came_back_in_parts_adds_up() -> None:
    assert add(Refunded({1: 1}, 3), Refunded({2: 1}, 4)) == Refunded({1: 1, 2: 1}, 7)
    assert add(Refunded({1: 1}), Refunded({1: 2})) == Refunded({1: 3})


def test_a_fixed_bonus_keeps_whole_points_only() -> None:
    assert worth(steps("first"), LINES, Refunded({2: 1})) == 85  # 100 × 7549 / 8799


def test_all_the_money_back_leaves_nothing_even_if_it_names_the_lines_that_earned_nothing() -> None:
    assert worth(steps("base"), LINES, Refunded({4: 1}, TOTAL - 5000)) == 0
