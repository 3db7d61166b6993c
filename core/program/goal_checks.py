"""Goals that cannot be reached, that bring nothing, or that bring less for more."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from core.program.faults import Finding, Path, step
from core.program.find import Data, find
from core.program.mending import show
from core.program.season_checks import at_one_time


def _gifts(data: Data) -> Iterator[Finding]:
    """What a step brings, and how often."""
    for path, given in find(data, "goals.*.steps.*"):
        if not isinstance(given, dict):
            continue
        if not {"points", "part", "coupon"} & given.keys():
            yield Finding(path, "the step brings nothing", "add points = 100, part = 0.1 or a coupon")
        if {"points", "part"} <= given.keys():
            yield Finding((*path, "part"), "the step has both points and part", "keep one of the two")
        if "every" in given and "part" in given and "coupon" not in given:
            yield Finding((*path, "every"), "a part grows with the sum anyway", "remove every")
        if "times" in given and "every" not in given:
            yield Finding((*path, "times"), "the step comes once", "add every, or remove times")


def _spans(data: Data) -> Iterator[Finding]:
    for path, goal in find(data, "goals.*"):
        of, within = step(goal, "of"), step(goal, "within")
        if within == "purchase" and of in ("purchases", "points_spent"):
            yield Finding(
                (*path, "within"), f"{of} do not add up within a purchase", 'write within = "month" or another'
            )
        if of in ("points_earned", "points_spent") and "measure" in goal:
            yield Finding((*path, "measure"), "a measure is a sum of spending", 'remove it, or write of = "spend"')


def _order(data: Data) -> Iterator[Finding]:
    for path, goal in find(data, "goals.*"):
        steps = [each for each in find(goal, "steps.*") if isinstance(step(each[1], "at"), int)]
        for (_, lower), (place, higher) in pairwise(steps):
            if higher["at"] <= lower["at"]:
                message = f"{higher['at']} does not come after {lower['at']}"
                yield Finding((*path, *place, "at"), message, "sort the steps from the lowest sum to the highest")
            elif step(goal, "pays") == "highest":
                yield from _less(lower, higher, (*path, *place))


def _less(lower: dict[str, Any], higher: dict[str, Any], path: Path) -> Iterator[Finding]:
    """The higher step alone must bring what the lower one brought right before it."""
    before, after = _worth(lower, higher["at"] - 1), _worth(higher, higher["at"])
    if before is not None and after is not None and after < before:
        message = f"{after} points are fewer than the {before} that the step before has brought by then"
        yield Finding(path, message, 'raise them, or write pays = "all"')


def _worth(given: dict[str, Any], total: int) -> int | None:
    """Points at a sum; None where the data has not its shape."""
    points, part, every, times = (given.get(key) for key in ("points", "part", "every", "times"))
    if isinstance(part, (int, str, Fraction)):
        try:
            return int(Fraction(part) * total)
        except (ValueError, ZeroDivisionError):
            return None
    if not isinstance(points, int):
        return None
    often = 1 + (total - given["at"]) // every if isinstance(every, int) and every > 0 else 1
    return points * (min(often, times) if isinstance(times, int) else often)


def _coupons(data: Data) -> Iterator[Finding]:
    """A goal's coupon is due whenever it is reached: nothing else may stand in its way."""
    wanted = {name for _, name in find(data, "goals.*.steps.*.coupon") if isinstance(name, str)}
    for path, template in find(data, "coupons.*"):
        if step(template, "id") not in wanted:
            continue
        for key in ("per_member", "total"):
            if key in template:
                message = f"a goal brings {show(template['id'])} to everybody who reaches it"
                yield Finding((*path, key), message, "remove it, or give the goal a coupon of its own")
        if at_one_time(step(template, "validity")):
            message = f"{show(template['id'])} is valid at one time only, goals are reached at any"
            yield Finding((*path, "validity"), message, "write validity = { days = 30 }")


GOAL_CHECKS = (_gifts, _spans, _order, _coupons)
