"""Stored value that contradicts itself: steps out of order, bonuses that nobody could reach, keys that do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from core.program.faults import Finding, Path, step
from core.program.find import Data, find


def _limits(data: Data) -> Iterator[Finding]:
    stored = step(data, "stored_value")
    least, most, most_held = (_number(step(stored, key)) for key in ("least", "most", "most_held"))
    if least is not None and most is not None and least > most:
        yield Finding(("stored_value", "least"), f"{least} is more than the {most} that a top-up may bring", "lower it")
    if least is not None and most_held is not None and least > most_held:
        message = f"a top-up of {least} is more than a member may hold"
        yield Finding(("stored_value", "most_held"), message, "raise it, or lower least")


def _one_of_two(data: Data) -> Iterator[Finding]:
    for path, bonus in find(data, "stored_value.bonuses.*"):
        if not isinstance(bonus, dict):
            continue
        if "gives" in bonus and "percent" in bonus:
            yield Finding((*path, "percent"), "the step has both gives and percent", "keep one of the two")
        if "gives" not in bonus and "percent" not in bonus:
            yield Finding(path, "the step brings nothing", "add gives = 1000, or percent = 500 for 5 %")


def _steps(data: Data) -> Iterator[Finding]:
    steps = [(path, bonus) for path, bonus in find(data, "stored_value.bonuses.*") if isinstance(bonus, dict)]
    for (_, before), (path, bonus) in pairwise(steps):
        first, then = _number(before.get("from")), _number(bonus.get("from"))
        if first is None or then is None:
            continue
        if then <= first:
            yield Finding((*path, "from"), f"{then} is not above the {first} of the step before", "put them in order")
        elif (less := _worth(bonus, then)) < (more := _worth(before, then)):
            message = f"a top-up of {then} would bring {less}, by the step before it would be {more}"
            yield Finding((*path, "from"), message, "let more money bring more")


def _reach(data: Data) -> Iterator[Finding]:
    stored = step(data, "stored_value")
    least, most, most_held = (_number(step(stored, key)) for key in ("least", "most", "most_held"))
    steps = list(find(data, "stored_value.bonuses.*"))
    for place, (path, bonus) in enumerate(steps):
        start = _number(step(bonus, "from"))
        after = _number(step(steps[place + 1][1], "from")) if place + 1 < len(steps) else None
        if start is None:
            continue
        if most is not None and start > most:
            yield _unreachable(path, f"a top-up brings {most} at most", "lower it or raise most")
        elif least is not None and after is not None and start < after <= least:
            yield _unreachable(
                path, f"a top-up brings {least} at least, which reaches the next step", "remove the step"
            )
        elif most_held is not None and start + _worth(bonus, start) > most_held:
            yield _unreachable(
                path, f"with its bonus that is more than the {most_held} held at most", "raise most_held"
            )


def _unreachable(path: Path, message: str, mend: str) -> Finding:
    return Finding((*path, "from"), message, mend)


def _beside_bonuses(data: Data) -> Iterator[Finding]:
    stored = step(data, "stored_value")
    if isinstance(stored, dict) and not stored.get("bonuses"):
        for key in ("bonus_months", "spend_first"):
            if key in stored:
                yield Finding(("stored_value", key), f"{key} does nothing without bonuses", "remove it or add bonuses")


def _worth(bonus: dict[str, Any], amount: int) -> int:
    """What a step brings for an amount; core/rules/stored_value.py says the same of a program that is right."""
    gives, percent = _number(bonus.get("gives")), _number(bonus.get("percent"))
    return gives or amount * (percent or 0) // 10_000


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


STORED_VALUE_CHECKS = (_limits, _one_of_two, _steps, _reach, _beside_bonuses)
