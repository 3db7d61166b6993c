"""What a day will bring: who would get which message, who not and why. Nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from core.db import leaving_queries
from core.db.deliveries import stopped_sources
from core.program.schema import Program, words
from core.rules import care
from core.rules.foretelling import Fate, Waiting, foretell
from core.rules.messaging import Caps, Ended, Left, Reach, filled, quiet_hours
from core.rules.messaging import Due as Message
from core.rules.terms import start_of_day
from core.services.care.care_content import Contents
from core.services.care.care_occasions import occasions
from core.services.care.care_window import Due, Window, zones_of
from core.services.deliveries.deliver import COUNTED
from core.services.deliveries.plan_deliveries import PURPOSES
from core.shop import Shop

SENT, HELD = "sent", "held"
LONG = timedelta(days=7)
"""For how long what is planned already is taken to be worth sending."""


class PlannedCare(BaseModel):
    """One message to one member. verdict: sent; held, which is sent at held_until; or why it is not sent: paused,
    held_out, control, no-chat, blocked, no-consent, muted, quiet-hours, frequency-cap, yielded. held_by: what it waits
    for: quiet-hours, frequency-cap (room on another day) or yielded (something of a higher priority). text: Telegram
    HTML.

    All as things stand now: against the caps counts what went out, what is planned already and what else falls due that
    day; what the member still does until then, and what falls due on days before, is left out.
    """

    journey: str
    member_id: int
    name: str
    at: datetime
    occasion: str
    verdict: str
    held_until: datetime | None
    held_by: str | None
    text: str
    coupon: str | None
    points: int | None


@dataclass(frozen=True)
class _Day:
    """A day in the program's zone, as the moments from which (exclusive) to which (inclusive) it lasts."""

    shop: Shop
    session: Session
    program: Program
    caps: Mapping[str, Caps]
    after: datetime
    until: datetime
    zones: tuple[str, ...]
    stopped: frozenset[str]

    def chunks(self) -> Iterator[tuple[Contents, list[Due]]]:
        """What falls due, journey by journey, streamed."""
        for journey in self.program.journeys:
            for step in journey.steps:
                contents = Contents(self.program, journey, step)
                window = Window(
                    self.shop, self.session, self.program, journey, step, self.after, self.until, self.zones,
                    with_reach=True,
                )  # fmt: skip
                for chunk in occasions(window):
                    yield contents, [due for due in chunk if self.after < due.moment <= self.until]

    def verdict(self, contents: Contents, due: Due) -> str:
        """But for quiet hours and caps."""
        if contents.journey.source in self.stopped:
            return "paused"
        row, purpose = due.row, _purpose(contents)
        ended = contents.ended(due, due.moment)
        if ended is not None:
            return ended.reason or ended.state
        if row.chat_id is None:
            return "no-chat"
        if row.blocked:
            return "blocked"
        if purpose != "membership" and not getattr(row, f"allow_{purpose}"):
            return "no-consent"
        return "muted" if row.muted else SENT


_Key = tuple[str, str]
_Mine = dict[_Key, Waiting]
"""A member's messages of the day by source and occasion."""


def preview_care(shop: Shop, day: date, caps: Mapping[str, Caps]) -> Iterator[PlannedCare]:
    """Of that day in the program's zone, journey by journey, streamed, as facts stand now; caps: by kind of message.
    What may be held or capped is gathered first, so that memory grows with how much that is."""
    with shop.read() as session:
        told = _day(shop, session, day, caps)
        together: dict[int, _Mine] = defaultdict(dict)
        for contents, chunk in told.chunks():
            if contents.journey.kind != "transactional":
                for due in chunk:
                    if told.verdict(contents, due) == SENT:
                        together[due.row.member_id][_key(contents, due)] = _waiting(contents, due)
        for contents, chunk in told.chunks():
            fates = _fates(told, [due.row for due in chunk if due.row.member_id in together], together)
            for due in chunk:
                fate = fates.get(due.row.member_id, {}).get(_key(contents, due))
                yield _told(told, contents, due, fate)


def _day(shop: Shop, session: Session, day: date, caps: Mapping[str, Caps]) -> _Day:
    now = shop.now()
    zone = shop.version_at(session, now).program.program.zone
    program = shop.version_at(session, max(now, start_of_day(day, zone))).program
    tick, zone = timedelta(microseconds=1), program.program.zone
    stopped = frozenset(session.execute(select(stopped_sources.c.source)).scalars())
    after, until = start_of_day(day, zone) - tick, start_of_day(day + timedelta(days=1), zone) - tick
    return _Day(shop, session, program, caps, after, until, zones_of(session, program), stopped)


def _purpose(contents: Contents) -> str:
    return contents.journey.purpose or PURPOSES[contents.journey.kind]


def _key(contents: Contents, due: Due) -> _Key:
    return contents.journey.source, due.occasion


def _waiting(contents: Contents, due: Due) -> Waiting:
    journey = contents.journey
    expires = care.expires_at(due.moment, contents.step)
    return Waiting(due.moment, Message(journey.kind, _purpose(contents), expires, journey.source, journey.priority))


def _fates(told: _Day, rows: Sequence[Any], together: Mapping[int, _Mine]) -> dict[int, dict[_Key, Fate]]:
    """By member, what becomes of all of the day's messages, together with what is in the books."""
    known: dict[int, tuple[list[Left], list[Waiting]]] = {row.member_id: ([], []) for row in rows}
    since, until = told.after - COUNTED, told.until
    for each in leaving_queries.left_or_coming(told.session, known, since, until, -1) if known else ():
        left, coming = known[each.member_id]
        if any(each.source == source for source, _ in together[each.member_id]):
            continue  # it is this day's own, planned or sent already
        if each.left_at is not None:
            left.append(Left(each.kind, each.left_at))
        else:
            due = Message(each.kind, "membership", max(each.due_at, told.after) + LONG, each.source, each.priority)
            coming.append(Waiting(each.due_at, due))
    found = {}
    for row in rows:
        left, coming = known[row.member_id]
        mine = together[row.member_id]
        zone = ZoneInfo(row.zone) if row.zone else told.program.program.zone
        fates = foretell([*mine.values(), *coming], _reach(told, row), left, told.caps, zone)
        found[row.member_id] = dict(zip(mine, fates, strict=False))
    return found


def _reach(told: _Day, row: Any) -> Reach:
    """Of who is reached by these messages: consent and muting are looked at before."""
    agreed = frozenset(each for each in ("offers", "care", "statement") if getattr(row, f"allow_{each}"))
    quiet = quiet_hours(row, told.program.messages)
    return Reach(here=True, blocked=False, agreed=agreed, quiet=quiet, style=row.style)


def _told(told: _Day, contents: Contents, due: Due, fate: Fate | None) -> PlannedCare:
    verdict = told.verdict(contents, due)
    if fate is not None and isinstance(fate.decision, Ended):
        verdict = fate.decision.reason or fate.decision.state
    elif fate is not None and fate.held is not None:
        verdict = HELD
    text = words(contents.step.text, contents.language(due))
    return PlannedCare(
        journey=contents.journey.id,
        member_id=due.row.member_id,
        name=due.row.name,
        at=due.moment,
        occasion=due.occasion,
        verdict=verdict,
        held_until=fate.at if fate is not None and verdict == HELD else None,
        held_by=fate.held if fate is not None and verdict == HELD else None,
        text=filled(text, contents.filling(due, due.moment)) or text,
        coupon=contents.step.coupon,
        points=contents.step.points,
    )
