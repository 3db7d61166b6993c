"""The published versions of the program, the drafts of the next one, and what each changes."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import ColumnElement, case, select
from sqlmodel import Session

from core.db.programs import program_drafts, program_versions
from core.program.differences import Change, differences
from core.program.loading import load
from core.rules.refusal import Refused
from core.shop import Shop, Version

DraftStatus = Literal["open", "published", "withdrawn"]


class VersionHead(BaseModel):
    """sha256: of the program file's text; two versions with the same are the same program."""

    id: int
    program: str
    sha256: str
    effective_at: datetime
    published_at: datetime
    published_by: str
    drafted_by: str
    note: str


class VersionView(VersionHead):
    """source: the program file, word for word."""

    source: str


class ToldVersion(VersionHead):
    """changes: against the version before it; none for the first."""

    changes: list[Change]


class DraftHead(BaseModel):
    """sha256: of the text. version_id: what it was published as."""

    id: int
    program: str
    sha256: str
    status: DraftStatus
    drafted_at: datetime
    drafted_by: str
    note: str
    version_id: int | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class DraftView(DraftHead):
    """source: the program file, word for word."""

    source: str


class ToldDraft(DraftView):
    """changes: against the version in force; none where there is none."""

    changes: list[Change]


class ProgramHistory(BaseModel):
    """versions: in the order in which they come into force. in_force: the number of the one that judges now. drafts:
    those that wait for a second person."""

    in_force: int | None
    versions: list[ToldVersion]
    drafts: list[DraftHead]


def version_now(shop: Shop) -> Version | None:
    """The one in force; none where no program was ever published."""
    try:
        with shop.read() as session:
            return shop.version_at(session, shop.now())
    except Refused:
        return None


def program_history(shop: Shop, session: Session) -> ProgramHistory:
    """All of it: a shop has never more than a few."""
    versions = told_history(shop, session)
    in_force = shop.version_at(session, shop.now()).id if versions else None
    return ProgramHistory(in_force=in_force, versions=versions, drafts=drafts(session, "open"))


def version_view(session: Session, version_id: int) -> VersionView | None:
    """None where there is no such version."""
    columns = [program_versions.c[name] for name in VersionView.model_fields]
    row = session.execute(select(*columns).where(program_versions.c.id == version_id)).one_or_none()
    return VersionView.model_validate(row._mapping) if row is not None else None


def history(session: Session) -> list[VersionHead]:
    """Every version, in the order in which they come into force."""
    columns = [program_versions.c[name] for name in VersionHead.model_fields]
    rows = session.execute(select(*columns).order_by(program_versions.c.effective_at, program_versions.c.id))
    return [VersionHead.model_validate(row._mapping) for row in rows]


def told_history(shop: Shop, session: Session) -> list[ToldVersion]:
    """Every version with what it changed, in the order in which they come into force."""
    heads = history(session)
    programs = [shop.version(session, head.id).program for head in heads]
    changes = [[], *(differences(old, new) for old, new in pairwise(programs))]
    return [ToldVersion(**head.model_dump(), changes=made) for head, made in zip(heads, changes, strict=True)]


def drafts(session: Session, status: DraftStatus | None = None) -> list[DraftHead]:
    """Drafts, or those of one status, the oldest first."""
    query = select(*_columns(DraftHead)).order_by(program_drafts.c.id)
    if status is not None:
        query = query.where(_STATUS.in_([status]))
    return [DraftHead.model_validate(row._mapping) for row in session.execute(query)]


def draft_head(session: Session, draft_id: int) -> DraftHead:
    """One that is there."""
    row = session.execute(select(*_columns(DraftHead)).where(program_drafts.c.id == draft_id)).one()
    return DraftHead.model_validate(row._mapping)


def draft_view(session: Session, draft_id: int) -> DraftView | None:
    """None where there is no such draft."""
    row = session.execute(select(*_columns(DraftView)).where(program_drafts.c.id == draft_id)).one_or_none()
    return DraftView.model_validate(row._mapping) if row is not None else None


def told_draft(shop: Shop, session: Session, draft_id: int) -> ToldDraft | None:
    """A draft with what it changes. None where there is no such draft."""
    draft = draft_view(session, draft_id)
    if draft is None:
        return None
    changes = []
    if history(session):
        in_force = shop.version_at(session, shop.now()).program
        changes = differences(in_force, load(draft.source, f"draft {draft_id}"))
    return ToldDraft(**draft.model_dump(), changes=changes)


_STATUS: ColumnElement[str] = case(
    (program_drafts.c.version_id.is_not(None), "published"),
    (program_drafts.c.withdrawn_at.is_not(None), "withdrawn"),
    else_="open",
)


def _columns(model: type[BaseModel]) -> list[ColumnElement[Any]]:
    return [_STATUS.label(name) if name == "status" else program_drafts.c[name] for name in model.model_fields]
