"""Who still comes: members active within a month, and how that moves; stages, repeat buyers, and fifths."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from io import StringIO
from itertools import pairwise

from pydantic import BaseModel
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session

from core.db.facts import fact_refreshes, member_facts
from core.db.members import members
from core.db.purchases import purchases
from core.program.filters import STAGES
from core.rules.terms import business_day, plus_months, start_of_day
from core.shop import Shop

MOST_MONTHS = 24
LADDER = 5


class Month(BaseModel):
    """members: who bought from `since` to before `until`, days of the program's zone, and kept some of it. change: from
    the month before, null for the first."""

    since: date
    until: date
    members: int
    change: int | None


class Rung(BaseModel):
    """So many members bought on so many days, or on that many and more for the last one."""

    visits: int
    members: int


class Cell(BaseModel):
    """Members by their fifths, 5 the best."""

    recency: int
    frequency: int
    monetary: int
    members: int


class MemberReport(BaseModel):
    """months: oldest first. stages, ladder, cells: as of the facts."""

    months: list[Month]
    stages: dict[str, int]
    ladder: list[Rung]
    cells: list[Cell]
    as_of: datetime | None


def member_report(shop: Shop, session: Session, months: int = 12) -> MemberReport:
    """Of the last so many months (to 24) up to and with today. Refused: no-program."""
    facts = member_facts.c
    by_stage = dict.fromkeys(STAGES, 0)
    for row in session.execute(select(facts.stage, func.count().label("members")).group_by(facts.stage)):
        by_stage[row.stage] = row.members
    fifths = (facts.recency, facts.frequency, facts.monetary)
    cells = select(*fifths, func.count().label("members")).where(facts.purchases > 0).group_by(*fifths)
    rows = session.execute(cells.order_by(*(each.desc() for each in fifths)))
    return MemberReport(
        months=_months(shop, session, max(1, min(months, MOST_MONTHS))),
        stages=by_stage,
        ladder=_ladder(session),
        cells=[Cell.model_validate(row._mapping) for row in rows],
        as_of=session.execute(select(fact_refreshes.c.as_of)).scalar_one_or_none(),
    )


def _months(shop: Shop, session: Session, count: int) -> list[Month]:
    """All in one look at the purchases."""
    now = shop.now()
    zone = shop.version_at(session, now).program.program.zone
    end = business_day(now, zone) + timedelta(days=1)
    days = [plus_months(end, -back) for back in range(count, -1, -1)]
    spans = list(pairwise(days))
    person = func.coalesce(members.c.merged_into, members.c.id)
    columns = []
    for place, (since, until) in enumerate(spans):
        within = (
            purchases.c.occurred_at >= start_of_day(since, zone),
            purchases.c.occurred_at < start_of_day(until, zone),
        )
        columns.append(func.count(person.distinct()).filter(and_(*within)).label(f"month_{place}"))
    kept: ColumnElement[bool] = or_(purchases.c.total == 0, purchases.c.refunded < purchases.c.total)
    looked_at = (kept, purchases.c.occurred_at >= start_of_day(days[0], zone), members.c.forgotten_at.is_(None))
    found = session.execute(
        select(*columns).select_from(purchases).join(members, members.c.id == purchases.c.member_id).where(*looked_at)
    ).one()
    return [
        Month(since=since, until=until, members=found[place], change=found[place] - found[place - 1] if place else None)
        for place, (since, until) in enumerate(spans)
    ]


def _ladder(session: Session) -> list[Rung]:
    facts = member_facts.c
    counts = dict.fromkeys(range(1, LADDER + 1), 0)
    rungs = select(facts.visits, func.count().label("members")).where(facts.visits > 0).group_by(facts.visits)
    for row in session.execute(rungs):
        counts[min(row.visits, LADDER)] += row.members
    return [Rung(visits=visits, members=count) for visits, count in counts.items()]


def as_csv(told: MemberReport) -> str:
    """One line a figure: what, which, members."""
    out = StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(["what", "which", "members"])
    write.writerows(("month", f"{each.since} to before {each.until}", each.members) for each in told.months)
    write.writerows(("stage", stage, count) for stage, count in told.stages.items())
    write.writerows(("visits", each.visits, each.members) for each in told.ladder)
    write.writerows(("rfm", f"{each.recency}{each.frequency}{each.monetary}", each.members) for each in told.cells)
    return out.getvalue()
