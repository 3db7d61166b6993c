"""A step of a journey and the span of time that is planned of it; and what falls due in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from core.db import care_queries as queries
from core.db.care_queries import Asked
from core.program.journeys import Journey, JourneyStep
from core.program.schema import Program
from core.shop import Shop

Facts = dict[str, Any]
OVERLAP = timedelta(minutes=5)
"""So long may a transaction take that records an event: what it commits after the planner has looked is found next."""


@dataclass(frozen=True, slots=True)
class Move:
    """Between two zones."""

    before: str
    zone: str

    def moment(self, there: datetime, before: datetime, since: datetime) -> datetime:
        """For who moved at `since` and so would miss it: when the zone before strikes it, or at once."""
        return max(there, min(before, since))


@dataclass(frozen=True)
class Window:
    """A journey's step, and the span of time whose moments are planned: after `after`, until `until` included.

    zones: all that members live in; moves: those into which some moved lately. with_reach: rows say whether the member
    could be written to now."""

    shop: Shop
    session: Session
    program: Program
    journey: Journey
    step: JourneyStep
    after: datetime
    until: datetime
    zones: tuple[str, ...]
    moves: tuple[Move, ...] = ()
    with_reach: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return self.program.program.zone

    def ask(self, asked: Asked, zone: str | None, move: Move | None = None) -> Asked:
        """Narrowed to the journey's audience and to who lives in that zone, None: wherever; or who moved there."""
        own = self.program.program.timezone
        if zone is not None:
            asked = queries.living_in(asked, zone, zone == own)
        if move is not None:
            asked = queries.moved_from(asked, move.before, move.before == own, self.after - OVERLAP)
        asked = queries.meant_by(asked, self.journey.filter, self.program, self.until)
        if self.journey.purpose == "statement":
            asked = queries.opted_in(asked)
        return queries.with_reach(asked, self.journey.source) if self.with_reach else asked

    def zone_of(self, row: Any) -> ZoneInfo:
        return self.zone if row.zone is None else ZoneInfo(row.zone)


@dataclass(frozen=True, slots=True)
class Due:
    """One message's occasion. about: the day that it is about; more: what its words need besides the row; still: what
    must be so when it is sent."""

    row: Any
    moment: datetime
    occasion: str
    about: date
    more: Facts = field(default_factory=dict)
    still: Facts = field(default_factory=dict)


def zones_of(session: Session, program: Program) -> tuple[str, ...]:
    """The program's zone, and those that members have of their own."""
    own = program.program.timezone
    return (own, *(each for each in queries.zones(session) if each != own))


def moves_of(session: Session, program: Program, after: datetime) -> tuple[Move, ...]:
    """Between which zones members moved since."""
    own = program.program.timezone
    found = queries.moves(session, after - OVERLAP)
    return tuple(Move(before=before or own, zone=zone or own) for zone, before in found)
