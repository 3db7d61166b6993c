"""How far each journey has been planned, and what its messages say."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, table_of


class JourneyMark(SQLModel, table=True):
    """The journey's moments up to planned_until are planned. It goes when the journey leaves the program."""

    __tablename__ = "journey_mark"

    journey: str = Field(primary_key=True, max_length=40)
    planned_until: datetime = Field(sa_type=Moment)


class JourneyContent(SQLModel, table=True):
    """The message content that a step's words are kept as: other words, another row. sha256: of text and buttons."""

    __tablename__ = "journey_content"

    journey: str = Field(primary_key=True, max_length=40)
    sha256: str = Field(primary_key=True, max_length=64)
    content_id: int = Field(foreign_key="message_content.id", sa_type=Big)


journey_marks = table_of(JourneyMark)
journey_contents = table_of(JourneyContent)
