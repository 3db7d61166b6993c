"""Where a member stands: the tier, until when, what is missing to the next and to keep this one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row, select
from sqlmodel import Session

from core.db import ledger_queries
from core.db.ledger import accounts, tier_changes
from core.rules.refusal import Refused
from core.rules.tiers import Contribution, Gap, Holding, ProgramAt, counting, holding, since, to_keep, to_next
from core.shop import Shop


class Missing(BaseModel):
    """Either of the two is enough; None where the tier cannot be met that way. spend: minor units."""

    model_config = ConfigDict(frozen=True)

    tier: str
    spend: int | None
    points: int | None
    by: datetime | None = None


class Standing(BaseModel):
    """until: when the tier ends unless it is met again; None if it does not. period_until: of the card's period.
    qualifying_*: what counts now.

    term_until: where a grace follows the term, when the term ends; from then to `until` the tier is kept and can still
    be saved. falls_to: the tier at `until` if nothing more comes; None if that is not lower.
    next: the tier above and what is missing to it now. keep: what must still come before `by` to keep this tier.
    """

    model_config = ConfigDict(frozen=True)

    tier: str
    until: datetime | None
    period_until: datetime | None = None
    term_until: datetime | None = None
    falls_to: str | None = None
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
    rows = ledger_queries.contributions(session, member_id, since(shop.all_programs(session), now))
    facts = [contribution(row) for row in rows]
    programs = shop.programs(session)
    held = holding(programs, facts, now)
    spend, points = counting(program, facts, now)
    return Standing(
        tier=held.tier,
        until=held.until,
        period_until=held.period_until,
        term_until=held.term_until,
        falls_to=_falls_to(programs, facts, held),
        qualifying_spend=spend,
        qualifying_points=points,
        next=_missing(to_next(program, facts, held, now)),
        keep=_missing(to_keep(program, facts, held, now)),
    )


def _falls_to(programs: ProgramAt, facts: list[Contribution], held: Holding) -> str | None:
    if held.until is None:
        return None
    after, program = holding(programs, facts, held.until).tier, programs(held.until)
    return after if program.rank(after) < program.rank(held.tier) else None


def contribution(row: Row[Any]) -> Contribution:
    """An entry's row (ledger_queries.QUALIFYING) as the tier rules know it."""
    more = row.qualifying_more or {}
    until = more.get("invited_until")
    return Contribution(
        row.qualifies_at,
        row.effective_at,
        row.qualifying_spend,
        row.qualifying_points,
        more.get("measures", {}),
        more.get("invited_to"),
        datetime.fromisoformat(until) if until else None,
        more.get("carried", False),
        more.get("cancels", False),
        more.get("closed", False),
    )


def moves(session: Session, member_id: int, limit: int = 20) -> list[TierMove]:
    """The latest changes of tier, newest first."""
    columns = [tier_changes.c[name] for name in TierMove.model_fields]
    query = select(*columns).where(tier_changes.c.member_id == member_id).order_by(tier_changes.c.id.desc())
    return [TierMove.model_validate(row._mapping) for row in session.execute(query.limit(limit))]


def _missing(gap: Gap | None) -> Missing | None:
    return Missing(tier=gap.tier, spend=gap.spend, points=gap.points, by=gap.by) if gap else None
