"""What every publication goes through, in the caller's transaction: from when on, and what the books still need."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from core.db import program_queries as queries
from core.db.audit_log import note
from core.program.schema import Program
from core.rules.refusal import Refused
from core.services.common import Result
from core.services.once import Caller
from core.shop import Shop


@dataclass(frozen=True, slots=True)
class Publication:
    """A program's text, and the same text read; from when on, by default now; who drafted it, and why."""

    source: str
    program: Program
    effective_at: datetime | None
    drafted_by: str
    note: str = ""


class PublishedVersion(Result):
    """id: the version's number in the books; is_new: false when that very text is in force already."""

    id: int
    program: str
    sha256: str
    effective_at: datetime
    is_new: bool


def append_version(shop: Shop, session: Session, caller: Caller, publication: Publication) -> PublishedVersion:
    """Append a version of the program; what is booked stays as it was judged.

    Refused: second-person-needed, program-before-newest, program-in-the-past, program-currency-changed,
    program-tiering-in-use, program-tier-in-use, program-category-in-use.
    """
    queries.lock_publishing(session)
    now = shop.now()
    at, program = publication.effective_at or now, publication.program
    digest = sha256(publication.source)
    before = queries.published(session)
    if before:
        in_force = [each for each in before if each.effective_at <= at] or before[:1]
        if in_force[-1].sha256 == digest:
            return _version(in_force[-1], is_new=False)
        _check_moment(before[-1], at, now)
        _check_kept(session, shop.version(session, before[-1].id).program, program, now)
    if person(publication.drafted_by) == person(caller.actor) and queries.has_members(session):
        raise Refused("second-person-needed")
    values = {
        "program": program.program.id,
        "source": publication.source,
        "sha256": digest,
        "effective_at": at,
        "published_at": now,
        "published_by": caller.actor,
        "drafted_by": publication.drafted_by,
        "note": publication.note,
    }
    version_id = queries.add_version(session, values)
    detail = {
        "program": program.program.id,
        "sha256": digest,
        "effective_at": at.isoformat(),
        "drafted_by": publication.drafted_by,
    }
    note(session, now, caller.actor, "publish_program", f"program_version:{version_id}", detail)
    return PublishedVersion(id=version_id, program=program.program.id, sha256=digest, effective_at=at, is_new=True)


def person(actor: str) -> str:
    """Who an actor is, whatever the key may do: admin:Ann and staff:ann are one person."""
    return unicodedata.normalize("NFKC", actor.partition(":")[2] or actor).strip().casefold()


def sha256(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def _check_moment(newest: Row[Any], at: datetime, now: datetime) -> None:
    """Versions follow each other, and none changes what was judged already."""
    if at < now:
        raise Refused("program-in-the-past", effective_at=at.isoformat(), now=now.isoformat())
    if at < newest.effective_at:
        raise Refused("program-before-newest", effective_at=at.isoformat(), newest=newest.effective_at.isoformat())


def _check_kept(session: Session, old: Program, new: Program, now: datetime) -> None:
    """What the books still need of the program before is there."""
    if new.program.currency != old.program.currency:
        raise Refused("program-currency-changed", currency=new.program.currency, expected=old.program.currency)
    if new.tiering.kind != old.tiering.kind:
        holding = queries.held_tiers(session, [tier.id for tier in old.tiers[1:]], now)
        if holding:
            facts = {"kind": new.tiering.kind, "expected": old.tiering.kind, "members": sum(holding.values())}
            raise Refused("program-tiering-in-use", **facts)
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
