"""Photos that the shop uploaded, and what each bot's Telegram calls them once it has them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, Row, delete, insert, select
from sqlmodel import Field, Session, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class Photo(SQLModel, table=True):
    """Never changed: what was approved is what is sent. content: the file as it came, of that SHA-256."""

    __table_args__ = (CheckConstraint("media_type IN ('image/jpeg', 'image/png')", name="photo_media_type"),)

    id: int | None = row_id()
    sha256: str = Field(max_length=64, unique=True)
    content: bytes = Field(sa_type=LargeBinary)
    media_type: str = Field(max_length=10)
    width: int
    height: int
    added_by: str = Field(max_length=60)
    added_at: datetime = Field(sa_type=Moment)


class PhotoFile(SQLModel, table=True):
    """The file id that a bot may send a photo by: it is that bot's alone."""

    __tablename__ = "photo_file"

    photo_id: int = Field(foreign_key="photo.id", primary_key=True, sa_type=Big)
    bot_id: int = Field(primary_key=True, sa_type=Big)
    file_id: str = Field(max_length=400)


photos = table_of(Photo)
photo_files = table_of(PhotoFile)
_FACTS = (photos.c.id, photos.c.sha256, photos.c.media_type, photos.c.width, photos.c.height)


def photo_of(session: Session, sha256: str) -> Row[Any] | None:
    """What is known of it besides its content."""
    return session.execute(select(*_FACTS).where(photos.c.sha256 == sha256)).one_or_none()


def is_photo(session: Session, photo_id: int) -> bool:
    return session.execute(select(photos.c.id).where(photos.c.id == photo_id)).one_or_none() is not None


def add(session: Session, values: dict[str, Any]) -> None:
    session.execute(insert(photos).values(values))


def content_of(session: Session, photo_id: int) -> bytes | None:
    return session.execute(select(photos.c.content).where(photos.c.id == photo_id)).scalar_one_or_none()


def file_id_of(session: Session, photo_id: int, bot_id: int) -> str | None:
    mine = (photo_files.c.photo_id == photo_id) & (photo_files.c.bot_id == bot_id)
    return session.execute(select(photo_files.c.file_id).where(mine)).scalar_one_or_none()


def note_file_id(session: Session, photo_id: int, bot_id: int, file_id: str | None) -> None:
    """In place of what was known; None: nothing is."""
    mine = (photo_files.c.photo_id == photo_id) & (photo_files.c.bot_id == bot_id)
    session.execute(delete(photo_files).where(mine))
    if file_id is not None:
        session.execute(insert(photo_files).values(photo_id=photo_id, bot_id=bot_id, file_id=file_id))
