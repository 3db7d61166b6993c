"""When a member who buys nothing is closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from core.program.journeys import Journey, JourneyStep
from core.program.schema import Program
from core.rules.terms import days_after, end_of_term


class InForce(NamedTuple):
    """A program and since when it is the one in force; the one after it ends it."""

    since: datetime
    program: Program


class Step(NamedTuple):
    """A journey's, and how long before the closing it comes."""

    journey: str
    ahead: timedelta


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
    for place, ((since, program), told) in enumerate(zip(line, _told(line), strict=True)):
        rule = program.dormancy
        if rule is not None:
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
    *_, told = _told(line)
    return Notice(told, days_after(told, rule.notice_days, line[-1].program.program.zone), rule.after_months)


def _told(line: Sequence[InForce]) -> Iterator[datetime]:
    """Of each version, when the notice began that it gives."""
    begun = 0
    for place, version in enumerate(line):
        if place and not _goes_on(line[begun:place], version):
            begun = place
        yield line[begun].since


def _goes_on(before: Sequence[InForce], after: InForce) -> bool:
    """Whether a version leaves [dormancy] as it is, and nobody too near to it to be told by that version whom those
    before it have not told, since the notice began. A journey that is gone tells nobody: what it planned is called
    off."""
    last, program = before[-1].program, after.program
    rule, steps = program.dormancy, _tells(program)
    if last.dormancy != rule or rule is None or not steps or _tells(last) == steps:
        return last.dormancy == rule
    nobody_until = days_after(before[0].since, rule.notice_days, program.program.zone)
    told = max(after.since, nobody_until)  # who is closed before that moment
    for first, end in sorted(_told_by(before, after)):
        if first <= told:
            told = max(told, end)
    return told >= after.since + min(each.ahead for each in steps)


def _told_by(before: Sequence[InForce], after: InForce) -> Iterator[tuple[datetime, datetime]]:
    """From when to when those are closed whom each step told while its version was in force."""
    still = {each.id for each in after.program.journeys}
    for (since, program), (until, _) in pairwise([*before, after]):
        yield from ((since + ahead, until + ahead) for journey, ahead in _tells(program) if journey in still)


def _tells(program: Program) -> set[Step]:
    """Every step that tells everybody of the closing, also who has the notice alone: none comes before it begins."""
    rule = program.dormancy
    if rule is None:
        return set()
    telling = (each for each in program.journeys if each.on == "dormant" and each.months == rule.after_months)
    whole = ((each.id, step) for each in telling if _is_for_all(each) for step in each.steps)
    days = range(1, rule.notice_days - 1)
    return {Step(journey, _ahead(step)) for journey, step in whole if -step.days in days and _is_sure(program, step)}


def _ahead(step: JourneyStep) -> timedelta:
    """Of the closing, as which the day after its own begins."""
    return timedelta(days=1 - step.days, hours=-step.clock.hour, minutes=-step.clock.minute)


def _is_for_all(journey: Journey) -> bool:
    """What is promotional leaves the control group out."""
    whole = journey.audience is None and not journey.holdout and journey.kind != "promo"
    return whole and journey.once == "each"


def _is_sure(program: Program, step: JourneyStep) -> bool:
    """It brings no coupon that somebody may not have any more: the message would not be sent."""
    coupon = program.coupon(step.coupon) if step.coupon is not None else None
    return coupon is None or (coupon.total is None and coupon.per_member is None)
