"""The QR codes in a picture that somebody sent: nothing in it is believed, and little is spent on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import zxingcpp
from PIL import Image

MOST_BYTES = 10_000_000
"""What Telegram takes as a photo: https://core.telegram.org/bots/api#sendphoto"""
MOST_PIXELS = 25_000_000
"""75 MB as it is unpacked, however small the file was."""
SIDE = 2_560
"""Larger pictures are looked at in this size, the largest in which Telegram keeps photos."""
KINDS = ("JPEG", "PNG", "WEBP")
MOST_CODES, MOST_TEXT = 8, 64
MOST_SCANS, MOST_SEGMENTS = 64, 2_000
"""Each scan of a progressive JPEG goes over the whole picture, however few bytes it has; encoders write about 10."""
MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])")
"""What begins a segment, whose length follows but for START and END: ISO/IEC 10918-1, table B.1."""
START, END, SCAN = b"\xd8", b"\xd9", b"\xda"

Fault = Literal["not_fetched", "too_large", "no_picture"]


@dataclass(frozen=True, slots=True)
class Scan:
    """What the codes say, each once; or why the picture could not be looked at."""

    codes: tuple[str, ...] = ()
    fault: Fault | None = None


def scan(content: bytes) -> Scan:
    """A picture's QR codes, whichever way they stand. Takes 100 MB and more: one at a time is enough."""
    if len(content) > MOST_BYTES:
        return Scan(fault="too_large")
    if content.startswith(b"\xff" + START) and not _soon_decoded(content):
        return Scan(fault="no_picture")
    try:
        with Image.open(BytesIO(content), formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return Scan(fault="too_large")
            return Scan(_codes(_grey(picture)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Scan(fault="too_large")
    except Exception:  # decoders raise whatever they stumble over
        return Scan(fault="no_picture")


def _soon_decoded(jpeg: bytes) -> bool:
    """Whether it has few scans, as far as a decoder would read."""
    at = scans = 0
    for _ in range(MOST_SEGMENTS):
        found = MARKER.search(jpeg, at)
        if found is None or found[1] == END:
            return True
        at = found.end()
        if found[1] != START:
            at += int.from_bytes(jpeg[at : at + 2])
        scans += found[1] == SCAN
        if scans > MOST_SCANS:
            return False
    return False


def _grey(picture: Image.Image) -> Image.Image:
    picture.draft("L", (SIDE, SIDE))
    grey = picture.convert("L")
    grey.thumbnail((SIDE, SIDE))
    return grey


def _codes(grey: Image.Image) -> tuple[str, ...]:
    kinds = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    found = zxingcpp.read_barcodes(grey, formats=kinds, text_mode=zxingcpp.TextMode.Plain)
    said = dict.fromkeys(each.text.strip() for each in found[:MOST_CODES])
    return tuple(each for each in said if 0 < len(each) <= MOST_TEXT)
