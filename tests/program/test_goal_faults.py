"""Goals that cannot be meant are told with line and mend."""

from __future__ import annotations

import pytest

from core.program.loading import load
from tests.program.club import SOURCE
from tests.program.test_faults import faults

GOAL = """
[[goals]]
id = "cashback"
name = { en = "Cashback", zh-Hans = "满额返" }
of = "spend"
within = "day"
pays = "highest"
steps = [
    { at = 10000, points = 10 },
    { at = 20000, every = 10000, times = 3, points = 30, coupon = "back" },
]

[[coupons]]
id = "back"
name = { en = "Back", zh-Hans = "返" }
discount = { kind = "amount", amount = 500 }
validity = { days = 30 }
"""
FIRST = SOURCE.count("\n") + 2  # the line of [[goals]]
STEP = "{ at = 10000, points = 10 }"


def test_it_is_right_as_it_is() -> None:
    assert [step.at for step in load(SOURCE + GOAL, "club").goals[0].steps] == [10000, 20000]


FAULTS = [
    (STEP, "{ at = 10000 }", (8, "steps[1]", "the step brings nothing")),
    (STEP, "{ at = 10000, points = 10, part = 0.1 }", (8, "steps[1].part", "the step has both points and part")),
    (STEP, "{ at = 10000, part = 0.001, every = 100 }", (8, "steps[1].every", "a part grows with the sum anyway")),
    (STEP, "{ at = 10000, points = 10, times = 2 }", (8, "steps[1].times", "the step comes once")),
    (STEP, "{ at = 50, points = 10 }", (8, "steps[1].at", "50 is less than 1 USD: money is counted in the smallest")),
    (STEP, "{ at = 20000, points = 10 }", (9, "steps[2].at", "20000 does not come after 20000; sort the steps")),
    (
        STEP,
        "{ at = 10000, every = 1000, points = 4 }",
        (9, "steps[2]", "30 points are fewer than the 40 that the step"),
    ),
    (STEP, '{ at = 10000, part = "1/400" }', (9, "steps[2]", "30 points are fewer than the 49 that the step before")),
    (
        STEP,
        '{ at = 10000, coupon = "bach" }',
        (8, "steps[1].coupon", 'there is no coupon template "bach"; did you mean'),
    ),
    ('"day"\n', '"day"\nmeasure = "zones"\n', (6, "measure", 'there is no measure "zones"; add it to [[tiering.')),
    ('"spend"\n', '"points_spent"\nmeasure = "all"\n', (5, "measure", "a measure is a sum of spending; remove it")),
    ('of = "spend"', 'of = "steps"', (4, "of", '"steps" is not known here')),
]


@pytest.mark.parametrize(("right", "wrong", "told"), FAULTS, ids=[wrong for _, wrong, _ in FAULTS])
def test_a_fault_is_told(right: str, wrong: str, told: tuple[int, str, str]) -> None:
    line, key, message = told
    found = faults(SOURCE + GOAL.replace(right, wrong, 1))
    assert any(each.startswith(f"{FIRST + line - 1}: goals[cashback].{key}: {message}") for each in found), found


@pytest.mark.parametrize("step", ["{ at = 100, points = 10 }", "{ at = 10000, every = 1000, points = 4, times = 7 }"])
def test_what_may_be_meant_is_taken(step: str) -> None:
    load(SOURCE + GOAL.replace(STEP, step), "club")


COUPONS = [
    (
        "days = 30 }",
        "days = 30 }\nper_member = 3",
        (17, "per_member", 'a goal brings "back" to everybody who reaches it'),
    ),
    ("days = 30 }", "days = 30 }\ntotal = 3", (17, "total", 'a goal brings "back" to everybody who reaches it')),
    (
        "days = 30 }",
        "since = 2026-01-01T00:00:00Z, until = 2099-01-01T00:00:00Z }",
        (16, "validity", '"back" is valid at one time only, goals are reached at any'),
    ),
]


@pytest.mark.parametrize(("right", "wrong", "told"), COUPONS, ids=["per_member", "total", "validity"])
def test_a_coupon_that_could_not_be_given_is_told(right: str, wrong: str, told: tuple[int, str, str]) -> None:
    line, key, message = told
    found = faults(SOURCE + GOAL.replace(right, wrong, 1))
    assert any(each.startswith(f"{FIRST + line - 1}: coupons[back].{key}: {message}") for each in found), found


@pytest.mark.parametrize("of", ["purchases", "points_spent"])
def test_what_does_not_add_up_in_a_purchase(of: str) -> None:
    source = SOURCE + GOAL.replace('of = "spend"', f'of = "{of}"').replace('within = "day"', 'within = "purchase"')
    told = f'goals[cashback].within: {of} do not add up within a purchase; write within = "month" or another'
    assert f"{FIRST + 4}: {told}" in faults(source)
