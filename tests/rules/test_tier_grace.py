"""What happens to a rolling tier at the end of a term in which it was not met: grace, to fit, step by step.

Noon in Shanghai; silver from 100,000, gold from 500,000; windows and terms of 12 months.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import Program
from core.rules.contributions import Contribution, Gap, Holding, ProgramAt
from core.rules.tier_rolling import JUST_BEFORE, holding, since, to_keep
from tests.rules.small import PROGRAM

START = datetime(2025, 1, 10, 4, tzinfo=UTC)


def with_terms(**terms: Any) -> Program:
    return PROGRAM.model_copy(update={"tiering": PROGRAM.tiering.model_copy(update=terms)})


def in_force(program: Program) -> ProgramAt:
    return lambda _: program


def on(day: int) -> datetime:
    return START + timedelta(days=day)


def spent(day: int, amount: int) -> Contribution:
    return Contribution(on(day), on(day), amount, amount // 100)


def midnight(year: int, month: int, day: int) -> datetime:
    """The start of that day in Shanghai."""
    return datetime(year, month, day, tzinfo=UTC) - timedelta(hours=8)


GOLD = [spent(0, 500_000)]
STEPS = with_terms(downgrade="one_step")


def test_to_fit_falls_to_what_is_still_proven() -> None:
    assert holding(in_force(PROGRAM), GOLD, midnight(2026, 1, 11)) == Holding("basic", None, None)


def test_one_step_a_term() -> None:
    def at(moment: datetime) -> tuple[str, datetime | None]:
        held = holding(in_force(STEPS), GOLD, moment)
        assert held.review_at == held.until
        return held.tier, held.until

    assert at(midnight(2026, 1, 11) - JUST_BEFORE) == ("gold", midnight(2026, 1, 11))
    assert at(midnight(2026, 1, 11)) == ("silver", midnight(2027, 1, 11))
    assert at(midnight(2027, 1, 11) - JUST_BEFORE) == ("silver", midnight(2027, 1, 11))
    assert at(midnight(2027, 1, 11)) == ("basic", None)


def test_what_was_met_later_outlasts_what_came_down() -> None:
    facts = [*GOLD, spent(400, 100_000)]  # silver by itself, on 14 February 2026
    assert holding(in_force(STEPS), facts, on(401)) == Holding(
        "silver", midnight(2027, 2, 15), on(400), 100_000, 1000, midnight(2027, 2, 15)
    )


def test_what_came_down_outlasts_what_was_met_before() -> None:
    silver_then_gold = [spent(0, 100_000), spent(300, 450_000)]
    assert holding(in_force(STEPS), silver_then_gold, midnight(2026, 11, 7)) == Holding(
        "silver", midnight(2027, 11, 7), on(300), 550_000, 5500, midnight(2027, 11, 7)
    )


@pytest.mark.parametrize(
    ("grace", "kept_until"),
    [({"grace_months": 3}, midnight(2026, 4, 11)), ({"grace_days": 30}, midnight(2026, 2, 10))],
)
def test_a_grace_keeps_the_tier_after_its_term(grace: dict[str, int], kept_until: datetime) -> None:
    program = with_terms(**grace)
    term_until = midnight(2026, 1, 11)
    gold = Holding("gold", kept_until, START, 500_000, 5000, kept_until, term_until=term_until)
    for moment in (START, term_until - JUST_BEFORE, term_until, kept_until - JUST_BEFORE):
        assert holding(in_force(program), GOLD, moment) == gold
    assert holding(in_force(program), GOLD, kept_until) == Holding("basic", None, None)


def test_a_tier_can_be_saved_by_the_last_day_of_its_grace() -> None:
    program = with_terms(grace_days=30)
    last = midnight(2026, 2, 10) - JUST_BEFORE
    facts = [*GOLD, spent(370, 200_000)]  # 15 January 2026, in the grace
    held = holding(in_force(program), facts, START)
    assert to_keep(program, GOLD, held, on(364)) == Gap("gold", 0, 3000, midnight(2026, 1, 11))
    assert to_keep(program, GOLD, held, midnight(2026, 1, 11)) == Gap("gold", 500_000, 8000, midnight(2026, 2, 10))
    assert to_keep(program, facts, held, on(371)) == Gap("gold", 300_000, 6000, midnight(2026, 2, 10))
    saved = [*facts, Contribution(last, last, 300_000, 3000)]
    assert holding(in_force(program), saved, midnight(2026, 2, 10)) == Holding(
        "gold", midnight(2027, 3, 12), last, 500_000, 5000, midnight(2027, 3, 12), term_until=midnight(2027, 2, 10)
    )
    short = [*facts, Contribution(last, last, 299_999, 2999)]
    assert holding(in_force(program), short, midnight(2026, 2, 10)).tier == "silver"


def test_each_step_has_a_term_and_a_grace_of_its_own() -> None:
    program = with_terms(downgrade="one_step", grace_months=1)
    silver = holding(in_force(program), GOLD, midnight(2026, 2, 11))
    assert (silver.tier, silver.term_until, silver.until) == ("silver", midnight(2027, 2, 11), midnight(2027, 3, 11))


drawn = st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 600_000)), min_size=1, max_size=8)
programs = st.builds(
    with_terms,
    downgrade=st.sampled_from(["to_fit", "one_step"]),
    validity_months=st.sampled_from([1, 5, 12]),
    grace_months=st.sampled_from([0, 0, 1, 4]),
    grace_days=st.sampled_from([0, 20]),
)


def facts_of(bought: list[tuple[int, int]]) -> list[Contribution]:
    return [spent(*each) for each in bought]


@given(program=programs, bought=drawn, extra=st.tuples(st.integers(0, 1500), st.integers(0, 600_000)), data=st.data())
def test_more_spending_never_lowers_the_tier_and_order_does_not_matter(
    program: Program, bought: list[tuple[int, int]], extra: tuple[int, int], data: st.DataObject
) -> None:
    at = on(data.draw(st.integers(0, 3000)))
    before = holding(in_force(program), facts_of(bought), at)
    shuffled = data.draw(st.permutations([*bought, extra]))
    after = holding(in_force(program), facts_of([*bought, extra]), at)
    assert (program.rank(after.tier), after.until or at) >= (program.rank(before.tier), before.until or at)
    assert holding(in_force(program), facts_of(shuffled), at) == after


@given(program=programs, bought=drawn)
def test_time_alone_takes_one_step_a_term(program: Program, bought: list[tuple[int, int]]) -> None:
    facts = facts_of(bought)
    held = holding(in_force(program), facts, on(1500))
    while held.until is not None:
        after = holding(in_force(program), facts, held.until)
        fallen = program.rank(held.tier) - program.rank(after.tier)
        assert fallen == 1 if program.tiering.downgrade == "one_step" else fallen >= 1
        if program.tiering.downgrade == "one_step" and after.until is not None:
            assert after.until >= held.until + timedelta(days=28 * program.tiering.validity_months)
        held = after
    assert held.tier == "basic"


@pytest.mark.parametrize(
    ("terms", "begin"),
    [
        ({}, midnight(2024, 1, 11)),
        ({"downgrade": "one_step"}, midnight(2023, 1, 11)),
        ({"grace_days": 12, "grace_months": 1}, midnight(2023, 11, 30)),
        ({"window_months": 3, "validity_months": 6}, midnight(2025, 4, 11)),
    ],
)
def test_how_far_back_a_tier_reaches(terms: dict[str, Any], begin: datetime) -> None:
    """A term for each tier that it may fall through, the grace before it, and the window of the first."""
    assert since(with_terms(**terms), midnight(2026, 1, 11)) == begin


@given(program=programs, bought=drawn, day=st.integers(0, 3000))
def test_nothing_before_since_bears_on_the_tier(program: Program, bought: list[tuple[int, int]], day: int) -> None:
    facts = facts_of(bought)
    bearing = [each for each in facts if each.at >= since(program, on(day))]
    assert holding(in_force(program), bearing, on(day)) == holding(in_force(program), facts, on(day))


@given(program=programs, bought=drawn)
def test_a_purchase_proves_its_tier_for_the_longest_time(program: Program, bought: list[tuple[int, int]]) -> None:
    """What lets a purchase in order be judged by the sums of now alone."""
    facts = sorted(facts_of(bought), key=lambda each: each.at)
    last = facts[-1].at
    before, after = (holding(in_force(program), known, last) for known in (facts[:-1], facts))
    assert program.rank(after.tier) > program.rank(before.tier) or (after.until or last) >= (before.until or last)
    if after.met_at == last:
        assert after.until == holding(in_force(program), [Contribution(last, last, 600_000, 0)], last).until
