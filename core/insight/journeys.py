"""The program's journeys, and what became of what they planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlmodel import Session

from core.db.deliveries import deliveries, stopped_sources
from core.db.journeys import journey_marks
from core.program.journeys import Journey
from core.program.schema import Words
from core.rules.refusal import Refused
from core.shop import Shop


class StepView(BaseModel):
    """days, at, hours, coupon, points: as in the program."""

    days: int
    at: str | None
    hours: int
    coupon: str | None
    points: int | None


class JourneyView(BaseModel):
    """planned_until: its moments up to then are planned; null: not looked at yet.

    deliveries: how many by state, of all that it ever planned; reasons: of those that were not sent on purpose.
    tapped: of how many a button was tapped.
    """

    id: str
    name: Words
    on: str
    kind: str
    purpose: str | None
    priority: int
    paused: bool
    planned_until: datetime | None
    steps: list[StepView]
    deliveries: dict[str, int]
    reasons: dict[str, int]
    tapped: int


def journeys(shop: Shop, session: Session) -> list[JourneyView]:
    """Those of the program in force, in its order."""
    program = shop.version_at(session, shop.now()).program
    return _views(session, program.journeys)


def journey(shop: Shop, session: Session, journey_id: str) -> JourneyView:
    """Refused: journey-unknown."""
    return _views(session, [known(shop, session, journey_id)])[0]


def known(shop: Shop, session: Session, journey_id: str) -> Journey:
    """As the program in force has it. Refused: journey-unknown."""
    program = shop.version_at(session, shop.now()).program
    found = program.journey(journey_id)
    if found is None:
        raise Refused("journey-unknown", journey=journey_id, known=[each.id for each in program.journeys])
    return found


def _views(session: Session, wanted: Sequence[Journey]) -> list[JourneyView]:
    sources = [journey.source for journey in wanted]
    marks = {row.journey: row.planned_until for row in session.execute(select(journey_marks))}
    stopped = select(stopped_sources.c.source).where(stopped_sources.c.source.in_(sources))
    paused = set(session.execute(stopped).scalars())
    columns = (deliveries.c.source, deliveries.c.state, deliveries.c.reason)
    counts = select(*columns, func.count().label("many"), func.count(deliveries.c.tapped_at).label("tapped"))
    rows = session.execute(counts.where(deliveries.c.source.in_(sources)).group_by(*columns)).all()
    views = []
    for journey in wanted:
        mine = [row for row in rows if row.source == journey.source]
        states: dict[str, int] = {}
        for row in mine:
            states[row.state] = states.get(row.state, 0) + row.many
        views.append(
            JourneyView(
                **{name: getattr(journey, name) for name in ("id", "name", "on", "kind", "purpose", "priority")},
                paused=journey.source in paused,
                planned_until=marks.get(journey.id),
                steps=[StepView(**each.model_dump(include=set(StepView.model_fields))) for each in journey.steps],
                deliveries=states,
                reasons={row.reason: row.many for row in mine if row.state == "suppressed" and row.reason},
                tapped=sum(row.tapped for row in mine),
            )
        )
    return views
