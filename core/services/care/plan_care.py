"""Care messages are planned when their moment has come: each occasion of each member once, with what comes with it.

How far each journey is planned is kept in its mark; what lies between the mark and now falls due. So a standstill of
minutes or of days is made up for: what is no longer worth sending is recorded as expired, its gifts given all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from pydantic import Field
from sqlalchemy import delete, select

from core.db import care_queries, delivery_queries
from core.db.deliveries import stopped_sources
from core.db.journeys import journey_marks
from core.db.ledger_queries import lock_accounts
from core.program.journeys import Journey, JourneyStep
from core.rules import care
from core.services.care.care_content import Contents
from core.services.care.care_gifts import give_gifts, is_given
from core.services.care.care_marks import mark
from core.services.care.care_occasions import occasions
from core.services.care.care_window import Due, Move, Window, moves_of, zones_of
from core.services.common import Result
from core.services.deliveries.plan_deliveries import CHUNK, add_deliveries
from core.services.isolating import Isolated
from core.shop import DatabaseUnavailable, Shop, Version

FEW = 50
"""How many gifts are given in one transaction: each is written into a member's books."""
ENDED = "journey-ended"
CATCH_UP = timedelta(days=35)
"""A longer standstill is not made up for."""
PUT_BACK = timedelta(minutes=15)
"""Where the clock was put back, what has just happened anew."""
FIRST_LOOK = timedelta(days=1)
"""How far back a journey is planned when it is seen for the first time, but not to before its program."""


class CareReport(Result):
    """planned: how many messages are to be sent. skipped: how many were recorded and will not be, by why: held_out,
    expired, or the reason for which a gift was refused. gifts: how many were given. failed: for how many members
    something raised; the log says what, and they are tried again."""

    planned: int = 0
    gifts: int = 0
    skipped: dict[str, int] = Field(default={})
    failed: int = 0


@dataclass
class _Tally:
    planned: int = 0
    gifts: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    each: Isolated = field(default_factory=Isolated)


def plan_care(shop: Shop, now: datetime | None = None) -> CareReport:
    """Everything that has fallen due by now. Twice is once. A paused journey plans nothing, and what falls into the
    pause is not made up for."""
    until = now or shop.now()
    with shop.read() as session:
        version = shop.version_at(session, until)
        marks: dict[str, datetime] = {row.journey: row.planned_until for row in session.execute(select(journey_marks))}
        stopped = set(session.execute(select(stopped_sources.c.source)).scalars())
        zones = zones_of(session, version.program)
        after = {each.id: _after(marks.get(each.id), version, until) for each in version.program.journeys}
        moves = moves_of(session, version.program, min([*after.values(), until]))
    tally, planned = _Tally(), list[str]()
    for gone in marks.keys() - {journey.id for journey in version.program.journeys}:
        _end(shop, gone, tally)
    for journey in version.program.journeys:
        span = (after[journey.id], until)
        if journey.source in stopped or _plan(shop, version, journey, span, (zones, moves), tally):
            planned.append(journey.id)
    if planned:
        with shop.write() as session:
            mark(session, planned, until)
    failed = len(tally.each.failed)
    return CareReport(planned=tally.planned, gifts=tally.gifts, skipped=dict(tally.skipped), failed=failed)


def _after(mark: datetime | None, version: Version, until: datetime) -> datetime:
    """From when on a journey is to be planned. A mark that lies ahead was made before the clock was put back."""
    if mark is None:
        return min(max(version.effective_at, until - FIRST_LOOK), until)
    return max(mark, until - CATCH_UP) if mark <= until else until - PUT_BACK


def _plan(
    shop: Shop,
    version: Version,
    journey: Journey,
    span: tuple[datetime, datetime],
    where: tuple[tuple[str, ...], tuple[Move, ...]],
    tally: _Tally,
) -> bool:
    """Whether its mark may move on: not where somebody's gifts failed."""
    failed = len(tally.each.failed)
    for step in journey.steps:
        with shop.read() as session:
            window = Window(shop, session, version.program, journey, step, *span, *where)
            for chunk in _chunks(window, step):
                _write(shop, window, chunk, tally)
    return len(tally.each.failed) == failed


def _chunks(window: Window, step: JourneyStep) -> Iterator[list[Due]]:
    for found in occasions(window):
        coming = iter(found)
        while chunk := list(islice(coming, FEW if step.gives else CHUNK)):
            yield chunk


def _write(shop: Shop, window: Window, chunk: list[Due], tally: _Tally) -> None:
    """In one transaction; where somebody's gift raises, one by one."""
    if not window.step.gives:
        _together(shop, window, chunk, tally)
        return
    try:
        _together(shop, window, chunk, tally)
    except DatabaseUnavailable:
        raise
    except Exception:  # whoever it is, is found and logged one by one
        for due in chunk:
            tally.each.attempt(due.row.member_id, partial(_together, shop, window, [due], tally))


def _together(shop: Shop, window: Window, chunk: list[Due], tally: _Tally) -> int:
    """The messages that are new, and their gifts with them. A stale one of which only so many may come leaves its place
    to a later one, unless it brings something. Contents are of this transaction: what they keep may be rolled back."""
    now, step = shop.now(), window.step
    contents = Contents(window.program, window.journey, step)
    if window.journey.once != "each" and not step.gives:
        chunk = [due for due in chunk if not care.is_stale(due.moment, step, now)]
    with shop.write() as session:
        had = care_queries.had_by_other_cards(session, window.journey.source, {due.row.member_id for due in chunk})
        coming = {key: due for due in chunk if (key := (due.row.member_id, due.occasion)) not in had}
        asked = {key: contents.message(session, due, now) for key, due in coming.items()}
        new = add_deliveries(session, asked.values(), now)
        ends = {key: each.ended for key in new if (each := asked[key]).ended is not None}
        getting = sorted(key for key in new if step.gives and is_given(ends.get(key)))
        if getting:
            lock_accounts(session, {member_id for member_id, _ in getting})
        given, refused = 0, Counter[str]()
        for key in getting:
            why = give_gifts(shop, session, window.journey, step, *key)
            given += why is None
            if why is not None and key not in ends:
                delivery_queries.end_new(session, *key, window.journey.source, why, now)
                refused[why] += 1
    tally.gifts += given
    tally.planned += len(new) - len(ends) - refused.total()
    tally.skipped.update(refused)
    tally.skipped.update(end.state for end in ends.values())
    return len(new)


def _end(shop: Shop, journey: str, tally: _Tally) -> None:
    """It has left the program: what it planned and did not send never goes out."""
    ended = delivery_queries.ended("suppressed", ENDED, shop.now())
    while True:
        with shop.write() as session:
            moved = delivery_queries.move(session, f"journey:{journey}", ["planned", "paused"], ended, CHUNK)
            if not moved:
                session.execute(delete(journey_marks).where(journey_marks.c.journey == journey))
                return
        tally.skipped[ENDED] += moved
