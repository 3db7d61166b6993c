"""A program file comes into force."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, Field
from sqlalchemy import Row
from sqlmodel import Session

from core.db import program_queries as queries
from core.db.audit_log import note
from core.program.loading import load, read
from core.program.schema import Program
from core.rules.refusal import Refused
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

MAX_SOURCE = 1_000_000


class ProgramDraft(Wish):
    """source: the TOML text; effective_at: when it comes into force, by default now."""

    source: Annotated[str, Field(min_length=1, max_length=MAX_SOURCE)]
    effective_at: AwareDatetime | None = None


class PublishedVersion(Result):
    """id: the version's number in the books; is_new: false when that very text is in force already."""

    id: int
    program: str
    sha256: str
    effective_at: datetime
    is_new: bool


def publish_program(shop: Shop, caller: Caller, draft: ProgramDraft) -> PublishedVersion:
    """Append a version of the program; what is booked stays as it was judged.

    Raises ProgramError for a faulty text. Refused: program-before-newest, program-in-the-past,
    program-currency-changed, program-tier-in-use, program-category-in-use, key-reused.
    """
    program = load(draft.source, "program")
    return once(shop, caller, draft, PublishedVersion, lambda session: _publish(shop, session, caller, draft, program))


def ensure_program(shop: Shop, path: str | Path) -> PublishedVersion | None:
    """Publish that file if the database has no program yet; None if it has. Raises ProgramError, OSError."""
    with shop.read() as session:
        if queries.published(session):
            return None
    source = read(path)
    load(source, str(path))  # so that faults name the file
    return publish_program(shop, Caller("system", f"program:{_sha256(source)}"), ProgramDraft(source=source))


def _publish(shop: Shop, session: Session, caller: Caller, draft: ProgramDraft, program: Program) -> PublishedVersion:
    queries.lock_publishing(session)
    now = shop.now()
    at = draft.effective_at or now
    sha256 = _sha256(draft.source)
    before = queries.published(session)
    if before:
        in_force = [each for each in before if each.effective_at <= at] or before[:1]
        if in_force[-1].sha256 == sha256:
            return _version(in_force[-1], is_new=False)
        _check_moment(before[-1], at, now)
        _check_kept(session, shop.version(session, before[-1].id).program, program, now)
    values = {
        "program": program.program.id,
        "source": draft.source,
        "sha256": sha256,
        "effective_at": at,
        "published_at": now,
        "published_by": caller.actor,
    }
    version_id = queries.add_version(session, values)
    detail = {"program": program.program.id, "sha256": sha256, "effective_at": at.isoformat()}
    note(session, now, caller.actor, "publish_program", f"program_version:{version_id}", detail)
    return PublishedVersion(id=version_id, program=program.program.id, sha256=sha256, effective_at=at, is_new=True)


def _check_moment(newest: Row[Any], at: datetime, now: datetime) -> None:
    """Versions follow each other, and none changes what was judged already."""
    if at < newest.effective_at:
        raise Refused("program-before-newest", effective_at=at.isoformat(), newest=newest.effective_at.isoformat())
    if at < now:
        raise Refused("program-in-the-past", effective_at=at.isoformat(), now=now.isoformat())


def _check_kept(session: Session, old: Program, new: Program, now: datetime) -> None:
    """What the books still need of the program before is there."""
    if new.program.currency != old.program.currency:
        raise Refused("program-currency-changed", currency=new.program.currency, expected=old.program.currency)
    tiers = {tier.id for tier in old.tiers} - {tier.id for tier in new.tiers}
    held = queries.held_tiers(session, tiers, now) if tiers else {}
    if held:
        raise Refused("program-tier-in-use", tiers=sorted(held), members=sum(held.values()))
    categories = {category.id for category in old.categories} - {category.id for category in new.categories}
    bought = [category for category in sorted(categories) if queries.is_bought(session, category)]
    if bought:
        raise Refused("program-category-in-use", categories=bought)


def _version(row: Row[Any], is_new: bool) -> PublishedVersion:
    return PublishedVersion(
        id=row.id, program=row.program, sha256=row.sha256, effective_at=row.effective_at, is_new=is_new
    )


def _sha256(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()
