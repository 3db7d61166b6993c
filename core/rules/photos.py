"""What Telegram takes as a photo, and how a message names one that the shop uploaded."""

from __future__ import annotations

import re

from core.rules.refusal import Refusal

MOST_BYTES = 10_000_000
MOST_SIDES = 10_000
MOST_RATIO = 20
"""10 MB, width and height together, the longer side over the shorter: https://core.telegram.org/bots/api#sendphoto"""
UPLOAD = "upload:"
OF_A_FILE = "file:"
"""What the command line replaces by what it uploads."""
_UPLOADED = re.compile(f"{UPLOAD}([1-9][0-9]{{0,15}})")


def upload_of(photo: str | None) -> int | None:
    """The id in `upload:ID`; None for an address, or a file id of Telegram's."""
    found = _UPLOADED.fullmatch(photo or "")
    return int(found[1]) if found else None


def meant_as_upload(photo: str | None) -> bool:
    """Whether nobody but the shop could know what it names."""
    return (photo or "").startswith((UPLOAD, OF_A_FILE))


def size_fault(size: int) -> Refusal | None:
    """Refusals: photo-too-large."""
    return Refusal("photo-too-large", {"bytes": size, "most": MOST_BYTES}) if size > MOST_BYTES else None


def sides_fault(width: int, height: int) -> Refusal | None:
    """Refusals: photo-sides-too-long, photo-too-narrow."""
    if width + height > MOST_SIDES:
        return Refusal("photo-sides-too-long", {"width": width, "height": height, "most": MOST_SIDES})
    if max(width, height) > MOST_RATIO * min(width, height):
        return Refusal("photo-too-narrow", {"width": width, "height": height, "most": MOST_RATIO})
    return None
