"""Which tier a member holds, from what qualifies and nothing else.

A contribution counts for `window_months` from its day. A tier is met at a moment when the sum of what counts then
reaches its threshold, and is held for `validity_months` from the last day it was met. The tier at t is the highest
one held: more spending can only raise it, and the order in which purchases arrive does not matter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from core.program.schema import Program, Tier
from core.rules.terms import end_of_term

ProgramAt = Callable[[datetime], Program]
"""The program in force at a moment."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """Qualifying spend (minor units) and points at a moment; a correction is known only from its own moment on."""

    at: datetime
    known: datetime
    spend: int
    points: int


@dataclass(frozen=True, slots=True)
class Holding:
    """The tier held; until is None for the lowest, which nobody loses. spend, points: the sums that met it."""

    tier: str
    until: datetime | None
    met_at: datetime | None
    spend: int = 0
    points: int = 0


def met(program: Program, spend: int, points: int) -> str:
    """The highest tier whose threshold these sums reach."""
    return next(tier.id for tier in reversed(program.tiers) if _reaches(tier, spend, points))


def holding(program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime) -> Holding:
    """The tier held at a moment. Whether a tier was met is judged by the program of that time, so a new version
    takes nothing away before its term is over, but for tiers that it no longer has."""
    program = program_at(at)
    lowest = program.tiers[0].id
    last: dict[str, Holding] = {}
    for moment, spend, points in _sums(program, contributions, at):
        tier = met(program_at(moment), spend, points)
        if tier != lowest:
            until = end_of_term(moment, program.tiering.validity_months, program.program.zone)
            last[tier] = Holding(tier, until, moment, spend, points)
    held = [
        each for each in last.values() if each.until is not None and each.until > at and program.rank(each.tier) >= 0
    ]
    return max(held, key=lambda each: program.rank(each.tier), default=Holding(lowest, None, None))


def counting(program: Program, contributions: Iterable[Contribution], at: datetime) -> tuple[int, int]:
    """Spend and points that count at a moment."""
    months, zone = program.tiering.window_months, program.program.zone
    counted = [
        each for each in contributions if each.at <= at and each.known <= at and end_of_term(each.at, months, zone) > at
    ]
    return sum(each.spend for each in counted), sum(each.points for each in counted)


def _reaches(tier: Tier, spend: int, points: int) -> bool:
    if tier.spend is None and tier.points is None:
        return True
    return (tier.spend is not None and spend >= tier.spend) or (tier.points is not None and points >= tier.points)


def _sums(program: Program, contributions: Iterable[Contribution], at: datetime) -> Iterable[tuple[datetime, int, int]]:
    """The sums right after each contribution up to `at`: the moments at which they can be highest."""
    months, zone = program.tiering.window_months, program.program.zone
    known = sorted((each for each in contributions if each.at <= at and each.known <= at), key=lambda each: each.at)
    open_terms: deque[tuple[datetime, Contribution]] = deque()
    spend = points = 0
    for place, each in enumerate(known):
        while open_terms and open_terms[0][0] <= each.at:
            gone = open_terms.popleft()[1]
            spend, points = spend - gone.spend, points - gone.points
        open_terms.append((end_of_term(each.at, months, zone), each))
        spend, points = spend + each.spend, points + each.points
        if place + 1 == len(known) or known[place + 1].at > each.at:
            yield each.at, spend, points
