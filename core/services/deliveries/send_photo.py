"""What a sender needs to send an uploaded photo: its bytes once a bot, and Telegram's file id from then on."""

from __future__ import annotations

from sqlmodel import Session

from core.db import photos
from core.rules.photos import upload_of
from core.shop import Shop


def photo_to_send(shop: Shop, bot_id: int, photo_id: int) -> str | bytes | None:
    """The file id that this bot knows it by, else its content. None: there is no such photo."""
    with shop.read() as session:
        return photos.file_id_of(session, photo_id, bot_id) or photos.content_of(session, photo_id)


def note_file_id(shop: Shop, bot_id: int, photo_id: int, file_id: str | None) -> None:
    """What Telegram called it; None: it does not know it by that name any more."""
    with shop.write() as session:
        photos.note_file_id(session, photo_id, bot_id, file_id)


def shown(session: Session, photo: str | None) -> str | bytes | None:
    """A content's photo as a chat shows it: the content of an uploaded one, else as it is."""
    photo_id = upload_of(photo)
    return photo if photo_id is None else photos.content_of(session, photo_id)
