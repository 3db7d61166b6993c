"""A program file is laid before a second person."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from sqlmodel import Session

from core.db import program_queries as queries
from core.db.audit_log import note
from core.insight.programs import DraftHead, draft_head, version_view
from core.program.loading import load
from core.rules.refusal import Refused
from core.services.common import Wish
from core.services.once import Caller, once
from core.services.programs.publish_program import Source
from core.services.programs.publishing import sha256
from core.shop import Shop

LONGEST_NOTE = 500


class NewDraft(Wish):
    """Either source, the TOML text, or version: the number of one to go back to. note: what it is for, to whoever
    publishes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["source"], "properties": {"source": {"type": "string"}, "version": {"type": "null"}}},
                {"required": ["version"], "properties": {"version": {"type": "integer"}, "source": {"type": "null"}}},
            ]
        },
    )

    source: Source | None = None
    version: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] | None = None
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NOTE)] = ""

    @model_validator(mode="after")
    def _source_or_version(self) -> NewDraft:
        if (self.source is None) == (self.version is None):
            raise ValueError("give either source, the program's text, or version, the one to go back to")
        return self


def draft_program(shop: Shop, caller: Caller, wish: NewDraft) -> DraftHead:
    """Keep a program's text, word for word, until somebody else publishes it.

    Raises ProgramError for a faulty text. Refused: unknown-version, key-reused.
    """

    def work(session: Session) -> DraftHead:
        source = wish.source or _source_of(session, wish.version or 0)
        program = load(source, "program")
        values = {
            "program": program.program.id,
            "source": source,
            "sha256": sha256(source),
            "drafted_at": shop.now(),
            "drafted_by": caller.actor,
            "note": wish.note or (f"back to version {wish.version}" if wish.version else ""),
        }
        draft_id = queries.add_draft(session, values)
        detail = {"program": program.program.id, "sha256": values["sha256"]}
        note(session, shop.now(), caller.actor, "draft_program", f"program_draft:{draft_id}", detail)
        return draft_head(session, draft_id)

    return once(shop, caller, wish, DraftHead, work)


def _source_of(session: Session, version: int) -> str:
    found = version_view(session, version)
    if found is None:
        raise Refused("unknown-version", version=version)
    return found.source
