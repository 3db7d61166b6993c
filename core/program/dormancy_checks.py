"""Members who would be closed without having heard of it, and what is said of a closing that comes on another day."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from core.program.dormancy import Dormancy
from core.program.faults import Finding, Path, step
from core.program.find import Data, find

_DAY_OF_IT = "{closes_on}"
_PLANNED = 2
"""A notice is sure to be planned and sent so many days after the rule came into force, whatever the hour of either."""
_USUAL = 30


def _told_before(data: Data) -> Iterator[Finding]:
    """A journey must tell of the closing before it comes."""
    months = step(data.get("dormancy"), "after_months")
    if type(months) is not int:
        return
    notice = step(data.get("dormancy"), "notice_days")
    notice = Dormancy.model_fields["notice_days"].default if notice is None else notice
    if type(notice) is not int:
        return
    before = f"a step with days = -{max(1, min(_USUAL, notice - _PLANNED))}"
    journeys = [(path, each) for path, each in find(data, "journeys.*") if step(each, "on") == "dormant"]
    telling = [(path, each) for path, each in journeys if step(each, "months") == months]
    if not telling:
        message = f'nobody would hear of it before: no journey is on = "dormant" with months = {months}'
        yield Finding(("dormancy", "after_months"), message, f"add one that has {before}")
    for path, journey in journeys:
        yield from _of_journey(path, journey, months, before)
    yield from _told_to_all(telling, notice, _limited(data))


def _told_to_all(telling: Sequence[tuple[Path, Any]], notice: int, limited: Collection[str]) -> Iterator[Finding]:
    """Also who had been away for longer as the rule came into force, whom an audience and the like leave out, and who
    cannot have a coupon: its message is not sent without it. limited: the coupons that not everybody can have."""
    early = [(path, each) for path, each in telling if _days_before(each)]
    whole = [(path, each) for path, each in early if not _leaves_out(each)]
    if early and not whole:
        path, journey = early[0]
        key = _leaves_out(journey)[0]
        message = f"whom its {key} leaves out would be closed without having heard of it"
        yield Finding((*path, key), message, "remove it, or add a journey without audience, holdout and once")
    sure = [days for _, each in whole for days in _days_before(each, limited)]
    if whole and not sure:
        message = "who cannot have its coupon any more would be closed without having heard of it"
        yield Finding((*whole[0][0], "steps"), message, "add a step without a coupon")
    first = min(sure, default=None)
    if first is not None and first > notice - _PLANNED:
        message = (
            f"who has been away for longer would be closed without having heard of it: days = -{first} is over by then"
        )
        path = ("dormancy", "notice_days")
        yield Finding(path, message, f"write notice_days = {first + _PLANNED}, or more")


def _leaves_out(journey: Any) -> list[str]:
    """Which keys: with `once` whoever is back in time, and stays away again; with `kind` the control group."""
    some = [key for key in ("audience", "holdout") if step(journey, key) is not None]
    some += ["once"] if step(journey, "once") not in (None, "each") else []
    return some + (["kind"] if step(journey, "kind") == "promo" else [])


def _limited(data: Data) -> set[str]:
    """Templates of which there are only so many, or so many for a member."""
    templates = [each for _, each in find(data, "coupons.*")]
    some = (each for each in templates if any(step(each, key) is not None for key in ("total", "per_member")))
    return {str(step(each, "id")) for each in some}


def _days_before(journey: Any, limited: Collection[str] = ()) -> list[int]:
    """How many days before the closing its steps come, but for those that bring one of these coupons."""
    days = [step(each, "days") for _, each in find(journey, "steps.*") if step(each, "coupon") not in limited]
    return [-many for many in days if type(many) is int and many < 0]


def _of_journey(path: Path, journey: Any, months: int, before: str) -> Iterator[Finding]:
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
            yield Finding((*path, "steps"), "no step comes before the member is closed", f"add {before}")


DORMANCY_CHECKS = (_told_before,)
