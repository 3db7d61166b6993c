"""What a day will bring: who would get which message, who not and why. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from core.db.deliveries import stopped_sources
from core.program.schema import Program, words
from core.rules.messaging import filled
from core.rules.terms import start_of_day
from core.services.care.care_content import Contents
from core.services.care.care_occasions import Due, Window, occasions, zones_of
from core.services.deliveries.plan_deliveries import PURPOSES
from core.shop import Shop


class PlannedCare(BaseModel):
    """One message to one member. verdict: sent, or why not: paused, held_out, control, no-chat, blocked, no-consent,
    muted, as things stand now; caps, quiet hours and what the member still does until then are left out. text:
    Telegram HTML."""

    journey: str
    member_id: int
    name: str
    at: datetime
    occasion: str
    verdict: str
    text: str
    coupon: str | None
    points: int | None


def preview_care(shop: Shop, day: date) -> Iterator[PlannedCare]:
    """Of that day in the program's zone, journey by journey, streamed, as facts stand now."""
    with shop.read() as session:
        now = shop.now()
        program = shop.version_at(session, max(now, _start(shop, session, day, now))).program
        zone = program.program.zone
        after = start_of_day(day, zone) - timedelta(microseconds=1)
        until = start_of_day(day + timedelta(days=1), zone) - timedelta(microseconds=1)
        stopped = set(session.execute(select(stopped_sources.c.source)).scalars())
        zones = zones_of(session, program)
        for journey in program.journeys:
            for step in journey.steps:
                contents = Contents(program, journey, step)
                window = Window(shop, session, program, journey, step, after, until, zones, with_reach=True)
                for chunk in occasions(window):
                    for due in chunk:
                        if after < due.moment <= until:
                            verdict = "paused" if journey.source in stopped else _verdict(contents, due)
                            yield _told(program, contents, due, verdict)


def _start(shop: Shop, session: Session, day: date, now: datetime) -> datetime:
    return start_of_day(day, shop.version_at(session, now).program.program.zone)


def _verdict(contents: Contents, due: Due) -> str:
    row, purpose = due.row, contents.journey.purpose or PURPOSES[contents.journey.kind]
    ended = contents.ended(due, due.moment)
    if ended is not None:
        return ended.reason or ended.state
    if row.chat_id is None:
        return "no-chat"
    if row.blocked:
        return "blocked"
    if purpose != "membership" and not getattr(row, f"allow_{purpose}"):
        return "no-consent"
    return "muted" if row.muted else "sent"


def _told(program: Program, contents: Contents, due: Due, verdict: str) -> PlannedCare:
    text = words(contents.step.text, contents.language(due))
    return PlannedCare(
        journey=contents.journey.id,
        member_id=due.row.member_id,
        name=due.row.name,
        at=due.moment,
        occasion=due.occasion,
        verdict=verdict,
        text=filled(text, contents.filling(due, due.moment)) or text,
        coupon=contents.step.coupon,
        points=contents.step.points,
    )
