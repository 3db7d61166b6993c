"""A program file comes into force: the first one of a shop, or one that somebody else drafted on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field
from sqlmodel import Session

from core.db import program_queries as queries
from core.program.loading import load, read
from core.rules.refusal import Refused
from core.services.common import Wish
from core.services.once import Caller, once
from core.services.programs.publishing import Publication, PublishedVersion, append_version, person, sha256
from core.shop import Shop

__all__ = ["ProgramDraft", "PublishedVersion", "ensure_program", "publish_program"]

MAX_SOURCE = 1_000_000
Source = Annotated[str, Field(min_length=1, max_length=MAX_SOURCE)]


class ProgramDraft(Wish):
    """source: the TOML text; effective_at: when it comes into force, by default now. drafted_by: who wrote it, if not
    the caller."""

    source: Source
    effective_at: AwareDatetime | None = None
    drafted_by: Annotated[str, Field(min_length=1, max_length=60)] | None = None


def publish_program(shop: Shop, caller: Caller, draft: ProgramDraft) -> PublishedVersion:
    """Drafted and published at once. Until somebody has joined, one person may do both (docs/decisions/0010).

    Raises ProgramError for a faulty text. Refused: own-draft, key-reused, and as append_version.
    """
    program = load(draft.source, "program")
    drafted_by = draft.drafted_by or caller.actor
    if draft.drafted_by is not None and person(drafted_by) == person(caller.actor):
        raise Refused("own-draft", by=drafted_by)

    def work(session: Session) -> PublishedVersion:
        publication = Publication(draft.source, program, draft.effective_at, drafted_by)
        return append_version(shop, session, caller, publication)

    return once(shop, caller, draft, PublishedVersion, work)


def ensure_program(shop: Shop, path: str | Path) -> PublishedVersion | None:
    """Publish that file if the database has no program yet; None if it has. Raises ProgramError, OSError."""
    with shop.read() as session:
        if queries.published(session):
            return None
    source = read(path)
    load(source, str(path))  # so that faults name the file
    return publish_program(shop, Caller("system", f"program:{sha256(source)}"), ProgramDraft(source=source))
