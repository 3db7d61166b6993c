"""A program file takes effect: appended as a version, never changed afterwards."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field
from sqlalchemy import insert, select
from sqlmodel import Session

from core.db.programs import program_versions
from core.program.loading import load, read
from core.rules.refusal import Refused
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop


class ProgramDraft(Wish):
    """source: the whole file's text. effective_at: from when it judges; now if left out."""

    source: Annotated[str, Field(min_length=1, max_length=1_000_000)]
    effective_at: AwareDatetime | None = None


class PublishedVersion(Result):
    id: int
    program: str
    effective_at: AwareDatetime


def publish_program(shop: Shop, caller: Caller, draft: ProgramDraft) -> PublishedVersion:
    """Raises ProgramError for a file with faults. Refused: program-effective-too-early."""
    return once(shop, caller, draft, PublishedVersion, lambda session: _publish(shop, session, caller, draft))


def ensure_program(shop: Shop, path: str | Path) -> None:
    """Publish the file if the database has no program yet."""
    with shop.read() as session:
        if session.execute(select(program_versions.c.id).limit(1)).first():
            return
    publish_program(shop, Caller("system", "first-program"), ProgramDraft(source=read(path)))


def _publish(shop: Shop, session: Session, caller: Caller, draft: ProgramDraft) -> PublishedVersion:
    program = load(draft.source, "the program")
    now = shop.now()
    effective_at = draft.effective_at or now
    newest = session.execute(
        select(program_versions).order_by(program_versions.c.effective_at.desc(), program_versions.c.id.desc())
    ).first()
    digest = sha256(draft.source.encode()).hexdigest()
    if newest is not None and newest.sha256 == digest:
        return PublishedVersion(id=newest.id, program=newest.program, effective_at=newest.effective_at)
    if newest is not None and effective_at < newest.effective_at:
        raise Refused("program-effective-too-early", effective_at=effective_at.isoformat())
    version_id = session.execute(
        insert(program_versions).returning(program_versions.c.id),
        {
            "program": program.program.id,
            "source": draft.source,
            "sha256": digest,
            "effective_at": effective_at,
            "published_at": now,
            "published_by": caller.actor,
        },
    ).scalar_one()
    return PublishedVersion(id=version_id, program=program.program.id, effective_at=effective_at)
