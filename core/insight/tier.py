"""Where a member stands: the tier, until when, what is missing to the next and to keep this one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlmodel import Session

from core.db import ledger_queries
from core.db.ledger import accounts, tier_changes
from core.program.schema import Program, Tier
from core.rules.refusal import Refused
from core.rules.terms import window_start
from core.rules.tiers import Contribution, Holding, counting, holding
from core.shop import Shop


class Missing(BaseModel):
    """Either of the two is enough; None where the tier cannot be met that way. spend: minor units."""

    model_config = ConfigDict(frozen=True)

    tier: str
    spend: int | None
    points: int | None
    by: datetime | None = None


class Standing(BaseModel):
    """until: when the tier ends unless it is met again; None for the lowest. qualifying_*: what counts now.

    next: the tier above and what is missing to it now. keep: what must still come before `by` to keep this tier.
    """

    model_config = ConfigDict(frozen=True)

    tier: str
    until: datetime | None
    qualifying_spend: int
    qualifying_points: int
    next: Missing | None
    keep: Missing | None


class TierMove(BaseModel):
    """A change of tier and its reason as data."""

    model_config = ConfigDict(frozen=True)

    from_tier: str
    to_tier: str
    effective_at: datetime
    until: datetime | None
    reason: dict[str, Any]


def standing(shop: Shop, session: Session, member_id: int) -> Standing:
    """As of now, proven from the entries. Refused: unknown-member."""
    now = shop.now()
    program = shop.version_at(session, now).program
    if session.execute(select(accounts.c.member_id).where(accounts.c.member_id == member_id)).first() is None:
        raise Refused("unknown-member", id=member_id)
    facts = _contributions(session, program, member_id, now)
    held = holding(shop.programs(session), facts, now)
    spend, points = counting(program, facts, now)
    rank = program.rank(held.tier)
    above = program.tiers[rank + 1] if rank + 1 < len(program.tiers) else None
    return Standing(
        tier=held.tier,
        until=held.until,
        qualifying_spend=spend,
        qualifying_points=points,
        next=_missing(above, spend, points, None) if above else None,
        keep=_keep(program, facts, held),
    )


def moves(session: Session, member_id: int, limit: int = 20) -> list[TierMove]:
    """The latest changes of tier, newest first."""
    columns = [tier_changes.c[name] for name in TierMove.model_fields]
    query = select(*columns).where(tier_changes.c.member_id == member_id).order_by(tier_changes.c.id.desc())
    return [TierMove.model_validate(row._mapping) for row in session.execute(query.limit(limit))]


def _contributions(session: Session, program: Program, member_id: int, now: datetime) -> list[Contribution]:
    tiering, zone = program.tiering, program.program.zone
    since = window_start(window_start(now, tiering.validity_months, zone), tiering.window_months, zone)
    return [
        Contribution(row.qualifies_at, row.effective_at, row.qualifying_spend, row.qualifying_points)
        for row in ledger_queries.contributions(session, member_id, since)
    ]


def _keep(program: Program, facts: list[Contribution], held: Holding) -> Missing | None:
    """What still counts on the tier's last day, against its threshold: buying the rest by then keeps it."""
    if held.until is None:
        return None
    spend, points = counting(program, facts, held.until - timedelta(microseconds=1))
    return _missing(program.tier(held.tier), spend, points, held.until)


def _missing(tier: Tier, spend: int, points: int, by: datetime | None) -> Missing:
    return Missing(
        tier=tier.id,
        spend=None if tier.spend is None else max(0, tier.spend - spend),
        points=None if tier.points is None else max(0, tier.points - points),
        by=by,
    )
