"""When a member who buys nothing is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from core.program.dormancy import Dormancy
from core.program.schema import Program
from core.rules.terms import days_after, end_of_term


class InForce(NamedTuple):
    """A program and since when it is the one in force; the one after it ends it."""

    since: datetime
    program: Program


def closes_at(line: Sequence[InForce], seen: datetime) -> datetime | None:
    """When who bought last (or joined, or was reopened) at `seen` is closed if nothing happens; None: never.

    line: every program in the order in which they came into force. The one in force at that moment decides; and its
    notice begins when its [dormancy] came, not with a later version that left it as it was.
    """
    before: Dormancy | None = None
    told = None
    for place, (since, program) in enumerate(line):
        rule = program.dormancy
        told = told if rule == before else since
        before = rule
        if rule is not None and told is not None:
            zone = program.program.zone
            noticed = days_after(told, rule.notice_days, zone)
            moment = max(end_of_term(seen, rule.after_months, zone), noticed, since)
            if place + 1 == len(line) or moment < line[place + 1].since:
                return moment
    return None


def opens_at(line: Sequence[InForce], at: datetime) -> datetime | None:
    """The first moment at which the program in force at `at` closes anybody; None: it closes nobody. line: as closes_at
    has it, with what is planned for later or without."""
    line = [each for each in line if each.since <= at]
    rule = line[-1].program.dormancy if line else None
    if rule is None:
        return None
    told = line[-1].since
    for since, program in reversed(line):
        if program.dormancy != rule:
            break
        told = since
    return days_after(told, rule.notice_days, line[-1].program.program.zone)
