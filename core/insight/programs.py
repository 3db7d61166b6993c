"""The published versions of the program."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from core.db.programs import program_versions


class VersionView(BaseModel):
    """source: the program file, word for word."""

    id: int
    program: str
    effective_at: datetime
    published_at: datetime
    published_by: str
    source: str


def version_view(session: Session, version_id: int) -> VersionView:
    columns = [program_versions.c[name] for name in VersionView.model_fields]
    row = session.execute(select(*columns).where(program_versions.c.id == version_id)).one()
    return VersionView.model_validate(row._mapping)
