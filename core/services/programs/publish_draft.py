"""A second person lets a draft come into force, word for word as it was drafted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlmodel import Session

from core.db import program_queries as queries
from core.program.loading import load
from core.rules.refusal import Refused
from core.services.common import Moment, Wish
from core.services.once import Caller, once
from core.services.programs.publishing import Publication, PublishedVersion, append_version, person, sha256
from core.shop import Shop

DraftId = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]


class DraftPublication(Wish):
    """sha256: of the text that was read, so that no other can be published. effective_at: by default now."""

    draft: DraftId
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    effective_at: Moment | None = None


def publish_draft(shop: Shop, caller: Caller, wish: DraftPublication) -> PublishedVersion:
    """Whoever drafted it cannot publish it.

    Refused: unknown-draft, draft-published, draft-withdrawn, draft-changed, own-draft, key-reused, and as
    append_version.
    """

    def work(session: Session) -> PublishedVersion:
        draft = open_draft(session, wish.draft)
        if sha256(draft.source) != draft.sha256 or wish.sha256 not in (None, draft.sha256):
            raise Refused("draft-changed", draft=wish.draft, sha256=draft.sha256)
        if person(draft.drafted_by) == person(caller.actor):
            raise Refused("own-draft", by=draft.drafted_by)
        version = append_version(shop, session, caller, _publication(draft, wish.effective_at))
        queries.change_draft(session, wish.draft, {"version_id": version.id})
        return version

    return once(shop, caller, wish, PublishedVersion, work)


def open_draft(session: Session, draft_id: int) -> Any:
    """The draft's row, with nobody else about to publish or withdraw it."""
    queries.lock_publishing(session)
    draft = queries.draft(session, draft_id)
    if draft is None:
        raise Refused("unknown-draft", draft=draft_id)
    if draft.version_id is not None:
        raise Refused("draft-published", draft=draft_id, version=draft.version_id)
    if draft.withdrawn_at is not None:
        raise Refused("draft-withdrawn", draft=draft_id, by=draft.withdrawn_by)
    return draft


def _publication(draft: Any, effective_at: datetime | None) -> Publication:
    program = load(draft.source, f"draft {draft.id}")
    return Publication(draft.source, program, effective_at, draft.drafted_by, draft.note)
