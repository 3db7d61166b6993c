"""The QR codes in a picture that somebody sent: nothing in it is believed, and little is spent on it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from threading import Lock
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

Fault = Literal["not_fetched", "too_large", "no_picture"]
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Scan:
    """What the codes say, each once; or why the picture could not be looked at."""

    codes: tuple[str, ...] = ()
    fault: Fault | None = None


def scan(content: bytes) -> Scan:
    """A picture's QR codes, whichever way they stand."""
    if len(content) > MOST_BYTES:
        return Scan(fault="too_large")
    try:
        with _one_at_a_time, Image.open(BytesIO(content), formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return Scan(fault="too_large")
            return Scan(_codes(_grey(picture)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Scan(fault="too_large")
    except Exception:  # decoders raise whatever they stumble over
        return Scan(fault="no_picture")


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
