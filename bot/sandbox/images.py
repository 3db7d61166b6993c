"""The pixel size of an uploaded picture, read from its header."""

from __future__ import annotations

from collections.abc import Iterator

Size = tuple[int, int]
Picture = tuple[str, int, int]
# JPEG start-of-frame markers (ITU-T T.81, table B.1): C4, C8 and CC are no frames.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def read(data: bytes) -> Picture | None:
    """(MIME type, width, height) of a PNG, GIF, WebP or JPEG; None for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return "image/png", int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return "image/gif", *_little(data[6:8], data[8:10])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        return _typed("image/webp", _webp(data))
    if data[:2] == b"\xff\xd8":
        return _typed("image/jpeg", _jpeg(data))
    return None


def _typed(mime: str, found: Size | None) -> Picture | None:
    return (mime, *found) if found else None


def _little(width: bytes, height: bytes) -> Size:
    return int.from_bytes(width, "little"), int.from_bytes(height, "little")


def _webp(data: bytes) -> Size | None:
    match data[12:16]:
        case b"VP8 ":
            width, height = _little(data[26:28], data[28:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width, height = _little(data[24:27], data[27:30])
            return width + 1, height + 1
    return None


def _jpeg(data: bytes) -> Size | None:
    for marker, start in _segments(data):
        if marker in FRAMES:
            return int.from_bytes(data[start + 5 : start + 7]), int.from_bytes(data[start + 3 : start + 5])
    return None


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """(marker, position of the segment's length) up to the compressed data."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        yield data[at + 1], at + 2
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
