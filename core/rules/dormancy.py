"""When a member who buys nothing is closed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from core.program.schema import Program
from core.rules.terms import days_after, end_of_term


class InForce(NamedTuple):
    """A program and since when it is the one in force; the one after it ends it."""

    since: datetime
    program: Program


class Notice(NamedTuple):
    """Since when everybody is told that so many months without a purchase close a member, and until when nobody is."""

    told: datetime
    over: datetime
    after_months: int


def closes_at(line: Sequence[InForce], seen: datetime, known: datetime) -> datetime | None:
    """When who bought last (or joined, or was reopened) at `seen` is closed if nothing happens; None: never.

    line: every program in the order in which they came into force. The one in force at that moment decides; and its
    notice begins when its [dormancy] came, not with a later version that goes on with it. known: since when the books
    know the member, who may have joined long before; the notice begins no sooner.
    """
    told = None
    for place, (since, program) in enumerate(line):
        rule = program.dormancy
        told = told if place and _goes_on(line[place - 1].program, program) else since
        if rule is not None and told is not None:
            zone = program.program.zone
            noticed = days_after(max(told, known), rule.notice_days, zone)
            moment = max(end_of_term(seen, rule.after_months, zone), noticed, since)
            if place + 1 == len(line) or moment < line[place + 1].since:
                return moment
    return None


def opens_at(line: Sequence[InForce], at: datetime) -> datetime | None:
    """The first moment at which the program in force at `at` closes anybody; None: it closes nobody. line: as closes_at
    has it, with what is planned for later or without."""
    known = notice(line, at)
    return None if known is None else known.over


def notice(line: Sequence[InForce], at: datetime) -> Notice | None:
    """The one that the program in force at `at` gives; None: it closes nobody. line: as opens_at has it."""
    line = [each for each in line if each.since <= at]
    rule = line[-1].program.dormancy if line else None
    if rule is None:
        return None
    begun = len(line) - 1
    while begun and _goes_on(line[begun - 1].program, line[begun].program):
        begun -= 1
    told = line[begun].since
    return Notice(told, days_after(told, rule.notice_days, line[-1].program.program.zone), rule.after_months)


def _goes_on(before: Program, after: Program) -> bool:
    """Whether a version leaves [dormancy] as it is, and nobody too near to it to be told by that version who was still
    too far from it to be told by the one before. A journey that is gone tells nobody: what it planned is called off."""
    if before.dormancy != after.dormancy:
        return False
    still = {each.id for each in after.journeys}
    nearest, furthest = min(_told_before(after, still), default=0), max(_told_before(before, still), default=0)
    return after.dormancy is None or nearest <= furthest


def _told_before(program: Program, journeys: Collection[str]) -> list[int]:
    """How many days before the closing one of these tells everybody of it."""
    months = program.dormancy.after_months if program.dormancy else None
    telling = (each for each in program.journeys if each.on == "dormant" and each.months == months)
    whole = (each for each in telling if each.audience is None and not each.holdout and each.once == "each")
    return [-step.days for each in whole if each.id in journeys for step in each.steps if step.days < 0]
