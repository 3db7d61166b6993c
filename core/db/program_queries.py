"""Publishing programs, and what the books still need of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, text, update
from sqlmodel import Session

from core.db.ledger import accounts
from core.db.programs import program_drafts as drafts
from core.db.programs import program_versions as versions
from core.db.purchases import purchase_lines

_PUBLISHING = 20_470_001
"""The number of the advisory lock that lets one publish at a time."""


def lock_publishing(session: Session) -> None:
    """Until the transaction ends nobody else publishes. SQLite's write transaction is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _PUBLISHING})


def published(session: Session) -> list[Row[Any]]:
    """Every version without its source, in the order in which they come into force."""
    columns = [column for column in versions.c if column.name != "source"]
    return list(session.execute(select(*columns).order_by(versions.c.effective_at, versions.c.id)).all())


def add_version(session: Session, values: dict[str, Any]) -> int:
    version_id: int = session.execute(insert(versions).values(values).returning(versions.c.id)).scalar_one()
    return version_id


def draft(session: Session, draft_id: int) -> Row[Any] | None:
    return session.execute(select(drafts).where(drafts.c.id == draft_id)).one_or_none()


def add_draft(session: Session, values: dict[str, Any]) -> int:
    draft_id: int = session.execute(insert(drafts).values(values).returning(drafts.c.id)).scalar_one()
    return draft_id


def change_draft(session: Session, draft_id: int, values: dict[str, Any]) -> None:
    session.execute(update(drafts).where(drafts.c.id == draft_id).values(values))


def has_members(session: Session) -> bool:
    """Has anybody ever joined?"""
    return session.execute(select(accounts.c.member_id).limit(1)).first() is not None


def held_tiers(session: Session, tiers: Iterable[str], at: datetime) -> dict[str, int]:
    """How many members hold each of those tiers at a moment, by what the accounts say."""
    still = or_(accounts.c.tier_until.is_(None), accounts.c.tier_until > at)
    query = select(accounts.c.tier, func.count()).where(accounts.c.tier.in_(list(tiers)), still)
    return {row[0]: row[1] for row in session.execute(query.group_by(accounts.c.tier)).all()}


def is_bought(session: Session, category: str) -> bool:
    """Does any purchase have a line in that category or below it?"""
    column = purchase_lines.c.category
    within = or_(column == category, column.startswith(f"{category}/", autoescape=True))
    return session.execute(select(purchase_lines.c.number).where(within).limit(1)).first() is not None
