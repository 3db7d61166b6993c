"""The versions of the loyalty program."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from core.db.types import Moment, table_of


class ProgramVersion(SQLModel, table=True):
    """A published program file, word for word; in force from effective_at until the next one's."""

    __tablename__ = "program_version"

    id: int | None = Field(default=None, primary_key=True)
    program: str = Field(max_length=40)
    source: str = Field(sa_type=Text)
    sha256: str = Field(max_length=64)
    effective_at: datetime = Field(sa_type=Moment, index=True)
    published_at: datetime = Field(sa_type=Moment)
    published_by: str = Field(max_length=60)


program_versions = table_of(ProgramVersion)
