"""The days that are worth going to in the demo."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from bot.sandbox.calendar import Calendar
from core.insight.members import member_of
from core.program.schema import Program
from core.rules.refusal import Refused
from core.services.common import MemberRef
from core.shop import Shop
from demo.cast import PEOPLE

SLACK = timedelta(minutes=15)
LATEST = time(23, 30)


def calendar_of(shop: Shop) -> Callable[[datetime], Calendar]:
    """In the shop's zone, with the next birthday of the cast. A day is gone to when its last journey has spoken."""

    @lru_cache(maxsize=1)
    def on(day: date) -> Calendar:
        with shop.reading() as (session, program):
            zone, born = program.program.zone, dict[str, date]()
            for person in PEOPLE:
                with suppress(Refused):  # is not in the books
                    member = member_of(session, MemberRef(phone=person.phone))
                    if member.birthday is not None:
                        born[f"{person.name}'s birthday"] = next_birthday(member.birthday, day)
        first = sorted(born.items(), key=lambda each: each[1])[:1]
        return Calendar(zone, _evening(program), dict(first))

    def calendar(now: datetime) -> Calendar:
        with suppress(Refused):  # the program comes with the households
            with shop.reading() as (_, program):
                zone = program.program.zone
            return on(now.astimezone(zone).date())
        return Calendar()

    return calendar


def next_birthday(born: date, after: date) -> date:
    """The first one after that day; of who was born on 29 February, the 28th."""
    day = 28 if (born.month, born.day) == (2, 29) else born.day
    coming = date(after.year, born.month, day)
    return coming if coming > after else coming.replace(year=after.year + 1)


def _evening(program: Program) -> time:
    last = max((step.clock for journey in program.journeys for step in journey.steps), default=time(12))
    return min((datetime.combine(date.min, last) + SLACK).time(), LATEST) if last < LATEST else LATEST
