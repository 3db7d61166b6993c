"""What a member's goals have come to in the spans that run now, and what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from sqlmodel import Session

from core.db import goal_queries
from core.db.coupons import coupons
from core.db.ledger import entries
from core.insight.goal_facts import facts_of
from core.program.goals import Goal
from core.program.schema import Program, Words
from core.rules.goals import Fact, amount_of, begin, brought, day_in, end, net, period_of, reached
from core.shop import Shop


class NextGift(BaseModel):
    """at: the sum that brings it; missing: how much more that is. points and coupons (by template): what it then brings
    beyond what this span has brought by now."""

    at: int
    missing: int
    points: int
    coupons: dict[str, int]


class GoalProgress(BaseModel):
    """total: what the span has come to, in minor units, purchases or points. period: `2026-03-10`, `2026-03`, `2026` or
    `ever`; null within a purchase. until: the span's end, exclusive; null where it has none. points, coupons (by
    template): what it has brought and that was not taken back. part: of each further sum, as points. next: null
    where nothing more comes at one sum."""

    id: str
    name: Words
    of: Literal["spend", "purchases", "points_earned", "points_spent"]
    within: Literal["purchase", "day", "month", "year", "ever"]
    period: str | None
    until: datetime | None
    total: int
    points: int
    coupons: dict[str, int]
    part: str | None
    next: NextGift | None


def goals_of(shop: Shop, session: Session, member_id: int) -> list[GoalProgress]:
    """As of now, in the program's order. Refused: no-program."""
    now = shop.now()
    program = shop.version_at(session, now).program
    if not program.goals:
        return []
    mine = entries.c.member_id == member_id
    facts = net(facts_of(session, mine, begin([program], now)).get(member_id, []))
    points, held = Counter[str](), dict[str, Counter[str]]()
    for row in goal_queries.brought(session, mine):
        points[row.source] += row.points
    for row in goal_queries.coupons_brought(session, coupons.c.member_id == member_id):
        held.setdefault(row.source, Counter())[row.template] += 1
    return [_progress(program, goal, facts, points, held, now) for goal in program.goals]


def _progress(
    program: Program,
    goal: Goal,
    facts: list[Fact],
    points: Mapping[str, int],
    held: Mapping[str, Mapping[str, int]],
    now: datetime,
) -> GoalProgress:
    period = period_of(goal, Fact(now), day_in(program, Fact(now)))
    within = [fact for fact in facts if period is not None and period_of(goal, fact, day_in(program, fact)) == period]
    total = sum(amount_of(program, goal, fact) for fact in within)
    source = f"goal:{goal.id}:{period}"
    capped = bool(brought(program, goal, total).caps)
    parts = [step.part for step in reached(goal, total) if step.part is not None and not capped]
    return GoalProgress(
        id=goal.id,
        name=goal.name,
        of=goal.of,
        within=goal.within,
        period=period,
        until=end(program, goal, now),
        total=total,
        points=points.get(source, 0),
        coupons=dict(held.get(source, {})),
        part=str(sum(parts)) if parts else None,
        next=_next(program, goal, total),
    )


def _next(program: Program, goal: Goal, total: int) -> NextGift | None:
    """The least sum ahead at which a step brings something more, whatever grows with the sum besides."""
    again = [
        step.at + ((total - step.at) // step.every + 1) * step.every for step in reached(goal, total) if step.every
    ]
    before = brought(program, goal, total)
    for at in sorted({*(step.at for step in goal.steps if step.at > total), *again}):
        after = brought(program, goal, at)
        more = {each: count - before.coupons.get(each, 0) for each, count in after.coupons.items()}
        gift = NextGift(
            at=at,
            missing=at - total,
            points=after.points - before.points,
            coupons={each: count for each, count in more.items() if count > 0},
        )
        if gift.points or gift.coupons:
            return gift
    return None
