"""The published versions of the program."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from core.db.programs import program_versions


class VersionHead(BaseModel):
    """sha256: of the program file's text; two versions with the same are the same program."""

    id: int
    program: str
    sha256: str
    effective_at: datetime
    published_at: datetime
    published_by: str


class VersionView(VersionHead):
    """source: the program file, word for word."""

    source: str


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
