"""Running sums of goals: they say, never too late, when a sum may bring something else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import Program
from core.rules.goal_sums import Sum, add, next_at, sums_of
from core.rules.goals import Due, Fact, brought, due, net
from tests.rules.test_goals import AT, BY_DAY, EACH_ONCE, MIDNIGHT, REBATE, with_goal

CHANGE = AT + timedelta(days=10)
SPANS = ("purchase", "day", "month", "year", "ever")
STEPS = "steps = [{ at = 100, points = 3, coupon = 'ten-off' }, { at = 200, every = 100, times = 4, points = 2 }]"
PROGRAMS = [
    *(with_goal('of = "spend"', f'within = "{within}"', STEPS) for within in SPANS),
    with_goal('of = "points_earned"', 'within = "month"', "steps = [{ at = 30, every = 30, points = 1 }]"),
    with_goal('of = "points_spent"', 'within = "year"', "cap = 30", REBATE),
    with_goal('of = "purchases"', 'pays = "highest"', "steps = [{ at = 2, points = 3 }, { at = 5, points = 9 }]"),
]
FACTS = st.lists(st.tuples(st.integers(0, 700), st.integers(0, 300), st.integers(0, 90)), max_size=7)


def facts_of(start: datetime, drawn: list[tuple[int, int, int]], first: int) -> list[Fact]:
    """Purchases and rewards at hours from the start on, numbered in the order in which they come."""
    return [
        Fact(start + timedelta(hours=hour), number, spend, spend // 2) if spend else Fact(start, spent=spent)
        for number, (hour, spend, spent) in enumerate(drawn, first)
    ]


def gifts(reckoned: dict[tuple[str, str], Due]) -> dict[tuple[str, str], object]:
    return {span: (each.gift.points, each.gift.coupons) for span, each in reckoned.items() if each.gift.steps}


@given(after=st.sampled_from(PROGRAMS), old=FACTS, first=st.integers(0, 700), new=FACTS, data=st.data())
def test_what_they_let_pass_changes_nothing_and_they_stay_what_all_that_counts_comes_to(
    after: Program, old: list[tuple[int, int, int]], first: int, new: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Another program was in force until CHANGE; since then one thing has counted. More comes, in any order of time."""
    before = data.draw(st.sampled_from(PROGRAMS))
    earlier = [fact for fact in facts_of(AT, old, 1) if fact.at < CHANGE]
    known = [*earlier, Fact(CHANGE + timedelta(hours=first), 50, 20, 10)]

    def program_at(at: datetime) -> Program:
        return after if at >= CHANGE else before

    sums = sums_of(after, net(known))
    for fact in facts_of(CHANGE, new, 100):
        reached = gifts(due(program_at, known))
        known.append(fact)
        sums, near = add(after, sums, net([fact]))
        if not near:
            assert gifts(due(program_at, known)) == reached
        assert sums == sums_of(after, net(known))


@given(program=st.sampled_from(PROGRAMS), total=st.integers(0, 700), data=st.data())
def test_nothing_comes_between_a_sum_and_the_next(program: Program, total: int, data: st.DataObject) -> None:
    goal = program.goals[0]
    ahead = next_at(goal, total)
    other = data.draw(st.integers(total, 1_000 if ahead is None else ahead - 1))
    assert (brought(program, goal, other).points, brought(program, goal, other).coupons) == (
        brought(program, goal, total).points,
        brought(program, goal, total).coupons,
    )


@pytest.mark.parametrize(
    ("program", "total", "ahead"),
    [
        (EACH_ONCE, 0, 100),
        (EACH_ONCE, 99, 100),
        (EACH_ONCE, 100, 300),
        (EACH_ONCE, 300, None),
        (BY_DAY, 29_999, 30_000),
        (BY_DAY, 30_000, 60_000),
        (BY_DAY, 89_999, 90_000),
        (BY_DAY, 90_000, None),  # three times at most
        (with_goal('of = "points_spent"', REBATE), 99, 100),
        (with_goal('of = "points_spent"', REBATE), 100, 101),
        (with_goal('of = "points_earned"', "steps = [{ at = 30, every = 20, points = 1 }]"), 50, 70),
    ],
)
def test_where_something_else_may_come_next(program: Program, total: int, ahead: int | None) -> None:
    assert next_at(program.goals[0], total) == ahead


def test_a_span_begins_anew_and_one_that_is_over_is_reckoned() -> None:
    before = MIDNIGHT - timedelta(microseconds=1)
    monthly = with_goal('of = "spend"', 'within = "month"', "steps = [{ at = 100, points = 5 }]")
    march = sums_of(monthly, [Fact(before, 1, 60)])
    assert march == {"goal": Sum("2026-03", 60, 100)}
    assert add(monthly, march, [Fact(before, 2, 39)]) == ({"goal": Sum("2026-03", 99, 100)}, set())
    assert add(monthly, march, [Fact(before, 2, 40)]) == ({"goal": Sum("2026-03", 100, None)}, {"goal"})
    april, near = add(monthly, march, [Fact(MIDNIGHT, 2, 99)])
    assert (april, near) == ({"goal": Sum("2026-04", 99, 100)}, set())
    assert add(monthly, april, [Fact(before, 3, 1)]) == (april, {"goal"})
    assert add(monthly, april, [Fact(MIDNIGHT, 2, -1)]) == ({"goal": Sum("2026-04", 98, 100)}, {"goal"})
    assert add(monthly, {}, [Fact(MIDNIGHT, 2, 100)]) == ({"goal": Sum("2026-04", 100, None)}, {"goal"})


def test_single_purchases_have_no_running_sum() -> None:
    single = with_goal('of = "spend"', 'within = "purchase"', "steps = [{ at = 100, points = 5 }]")
    assert sums_of(single, [Fact(AT, 1, 99)]) == {}
    assert add(single, {}, [Fact(AT, 1, 99), Fact(AT, 2, 99)]) == ({}, set())
    assert add(single, {}, [Fact(AT, 1, 100)]) == ({}, {"goal"})


def test_what_adds_nothing_to_a_goal_still_begins_its_span_and_keeps_no_other_goal_waiting() -> None:
    """Points spent in April: nothing for the goal of spending, whose sum begins anew, and all for the one after it."""
    spending = ['of = "spend"', 'within = "month"', "steps = [{ at = 100, points = 5 }]"]
    other = ["[[goals]]", 'id = "other"', 'name = { en = "Other", zh-Hans = "其他" }', 'of = "points_spent"']
    both = with_goal(*spending, *other, "steps = [{ at = 1, points = 5 }]")
    march = sums_of(both, [Fact(AT, 1, 60)])
    assert march == {"goal": Sum("2026-03", 60, 100), "other": Sum("ever", 0, 1)}
    april, near = add(both, march, [Fact(MIDNIGHT, spent=1)])
    assert (april, near) == ({"goal": Sum("2026-04", 0, 100), "other": Sum("ever", 1, None)}, {"other"})
    assert add(both, april, [Fact(MIDNIGHT, spent=1)]) == ({**april, "other": Sum("ever", 2, None)}, set())
    assert add(both, {}, [Fact(MIDNIGHT, spent=1)])[1] == {"other"}
