"""The versions of the loyalty program, and the drafts that may become one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from core.db.types import Moment, table_of


class ProgramVersion(SQLModel, table=True):
    """A published program file, word for word; in force from effective_at until the next one's. Append-only."""

    __tablename__ = "program_version"

    id: int | None = Field(default=None, primary_key=True)
    program: str = Field(max_length=40)
    source: str = Field(sa_type=Text)
    sha256: str = Field(max_length=64)
    effective_at: datetime = Field(sa_type=Moment, index=True)
    published_at: datetime = Field(sa_type=Moment)
    published_by: str = Field(max_length=60)
    drafted_by: str = Field(max_length=60)
    note: str = Field(max_length=500)


class ProgramDraft(SQLModel, table=True):
    """A program file that waits for a second person. version_id: what it was published as."""

    __tablename__ = "program_draft"

    id: int | None = Field(default=None, primary_key=True)
    program: str = Field(max_length=40)
    source: str = Field(sa_type=Text)
    sha256: str = Field(max_length=64)
    drafted_at: datetime = Field(sa_type=Moment)
    drafted_by: str = Field(max_length=60)
    note: str = Field(max_length=500)
    version_id: int | None = Field(default=None, foreign_key="program_version.id")
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_by: str | None = Field(default=None, max_length=60)


program_versions = table_of(ProgramVersion)
program_drafts = table_of(ProgramDraft)
