"""Running sums of goals: what a member's spans have come to, and the sum at which they next bring something else.

With them a purchase costs a few additions. `core.rules.goals.due` reckons from everything that counts and is asked only
when a sum has come as far as that. The two agree: whatever is due changes at no sum in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from core.program.goals import Goal, GoalStep
from core.program.schema import Program
from core.rules.goals import Fact, amount_of, day_in, period_of, reached, times


class Sum(NamedTuple):
    """Of the latest span in which anything counts. next: the sum from which on it may bring something else, if any."""

    period: str
    total: int
    next: int | None


Sums = Mapping[str, Sum]
"""By goal, for all that add up over more than one purchase; none where nothing has counted yet."""


def sums_of(program: Program, facts: Iterable[Fact]) -> Sums:
    """From everything that counts (core.rules.goals.net), in order of time, at least of the spans of the last."""
    found: dict[str, Sum] = {}
    for fact in facts:
        day = day_in(program, fact)
        for goal in program.goals:
            known = _before(goal, found.get(goal.id), period_of(goal, fact, day))
            if known is not None and goal.within != "purchase":
                found[goal.id] = known._replace(total=known.total + amount_of(program, goal, fact))
    goals = [goal for goal in program.goals if goal.id in found]
    return {goal.id: found[goal.id]._replace(next=next_at(goal, found[goal.id].total)) for goal in goals}


def add(program: Program, sums: Sums, facts: Iterable[Fact]) -> tuple[Sums, set[str]]:
    """With what is new (core.rules.goals.net), and the goals that may bring something else now: those are to be
    reckoned."""
    after, due = dict(sums), set[str]()
    for fact in facts:
        day = day_in(program, fact)
        for goal in program.goals:
            more, kept = amount_of(program, goal, fact), after.get(goal.id)
            known = _before(goal, kept, period_of(goal, fact, day))
            if known is None:
                due.add(goal.id)
            if known is None or (known is kept and not more):
                continue
            total, ahead = known.total + more, known.next
            if more < 0 or (ahead is not None and total >= ahead):
                due.add(goal.id)
                ahead = next_at(goal, total)
            if goal.within != "purchase":
                after[goal.id] = Sum(known.period, total, ahead)
    return after, due


def next_at(goal: Goal, total: int) -> int | None:
    """The least sum above that one that may bring something else."""
    ahead = [step.at for step in goal.steps if step.at > total]
    again = [_again(step, total) for step in reached(goal, total)]
    return min([*ahead, *(each for each in again if each is not None)], default=None)


def _again(step: GoalStep, total: int) -> int | None:
    if step.part is not None:
        return total + 1
    often = times(step, total)
    if step.every is None or often == step.times:
        return None
    return step.at + often * step.every


def _before(goal: Goal, known: Sum | None, period: str | None) -> Sum | None:
    """The sum that a fact of that period adds to; None where its span is over, the sum of a later one being kept."""
    if known is None or period is None or known.period < period:
        return Sum(period or "", 0, next_at(goal, 0))
    return known if known.period == period else None
