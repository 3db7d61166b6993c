"""Members who would be closed without having heard of it, and what is said of a closing that comes on another day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.program.faults import Finding, Path, step
from core.program.find import Data, find

_DAY_OF_IT = "{closes_on}"


def _told_before(data: Data) -> Iterator[Finding]:
    """A journey must tell of the closing before it comes."""
    months = step(data.get("dormancy"), "after_months")
    if type(months) is not int:
        return
    journeys = [(path, each) for path, each in find(data, "journeys.*") if step(each, "on") == "dormant"]
    if all(step(each, "months") != months for _, each in journeys):
        message = f'nobody would hear of it before: no journey is on = "dormant" with months = {months}'
        yield Finding(("dormancy", "after_months"), message, "add one that has a step with days = -30")
    for path, journey in journeys:
        yield from _of_journey(path, journey, months)


def _of_journey(path: Path, journey: Any, months: int) -> Iterator[Finding]:
    own, days = step(journey, "months"), [(place, step(each, "days")) for place, each in find(journey, "steps.*")]
    if type(own) is not int:
        return
    if own > months:
        message = f"it can never fire: members are closed after {months} months"
        yield Finding((*path, "months"), message, f"write months = {months}")
    elif own < months and _DAY_OF_IT in str(step(journey, "steps")):
        message = f"its {_DAY_OF_IT} is not the day: members are closed after {months} months"
        yield Finding((*path, "months"), message, f"write months = {months}")
    elif own == months:
        for place, many in days:
            if type(many) is int and many > 0:
                message = "it can never fire: the member is closed by then"
                yield Finding((*path, *place, "days"), message, f"write days = -{many}")
        if days and all(many is None or (type(many) is int and many >= 0) for _, many in days):
            yield Finding((*path, "steps"), "no step comes before the member is closed", "add one with days = -30")


DORMANCY_CHECKS = (_told_before,)
