"""Staff upload a photo, to be sent with campaigns; what Telegram would not take is refused here and now."""

from __future__ import annotations

import hashlib
import struct
from io import BytesIO
from typing import Annotated, Literal

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from pydantic import Field
from sqlmodel import Session

from core.db import photos
from core.db.audit_log import note
from core.rules.photos import UPLOAD, sides_fault, size_fault
from core.rules.refusal import Refused, granted
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

MediaType = Literal["image/jpeg", "image/png"]
_BEGINS: dict[bytes, tuple[MediaType, type[ImageFile]]] = {
    b"\xff\xd8\xff": ("image/jpeg", JpegImageFile),
    b"\x89PNG\r\n\x1a\n": ("image/png", PngImageFile),
}
_BROKEN = (OSError, SyntaxError, ValueError, IndexError, TypeError, EOFError, struct.error)
"""What Pillow raises for files that are not as they should be."""


class PhotoAdded(Result):
    """photo: how a campaign's content names it."""

    photo: Annotated[str, Field(examples=["upload:7"])]
    sha256: str
    media_type: MediaType
    width: int
    height: int


class _PhotoWish(Wish):
    sha256: str


def add_photo(shop: Shop, caller: Caller, content: bytes) -> PhotoAdded:
    """Keep a JPEG or PNG as it is; the same file again is the same photo.

    Refused: photo-too-large, photo-format, photo-sides-too-long (also what would unfold to more memory than there is),
    photo-too-narrow, photo-broken, key-reused.
    """
    media_type, width, height = _looked_at(content)
    wish = _PhotoWish(sha256=hashlib.sha256(content).hexdigest())

    def work(session: Session) -> PhotoAdded:
        found = photos.photo_of(session, wish.sha256)
        if found is None:
            told = {"sha256": wish.sha256, "media_type": media_type, "width": width, "height": height}
            by = {"added_by": caller.actor, "added_at": shop.now()}
            photos.add(session, {**told, **by, "content": content})
            found = photos.photo_of(session, wish.sha256)
            assert found is not None
            note(session, shop.now(), caller.actor, "add_photo", f"{UPLOAD}{found.id}", told)
        return PhotoAdded(photo=f"{UPLOAD}{found.id}", **{key: found._mapping[key] for key in _TOLD})

    return once(shop, caller, wish, PhotoAdded, work)


_TOLD = ("sha256", "media_type", "width", "height")


def _looked_at(content: bytes) -> tuple[MediaType, int, int]:
    """By its header first: nothing is unfolded whose sides are too long. Then whole, for what is cut off."""
    granted(size_fault(len(content)))
    for begins, (media_type, opened) in _BEGINS.items():
        if content.startswith(begins):
            try:
                picture = opened(BytesIO(content))
                granted(sides_fault(*picture.size))
                picture.load()
            except _BROKEN as error:
                raise Refused("photo-broken", error=str(error)[:100]) from error
            return media_type, *picture.size
    raise Refused("photo-format")
