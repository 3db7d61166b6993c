"""Which photos are taken: Telegram's limits to the pixel and the byte; what is refused leaves nothing behind."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from core.db.photos import photos
from core.rules.refusal import Refused
from core.services.campaigns.add_photo import add_photo
from core.shop import Shop
from tests.services.campaigning import by, drafted, seat, view

MOST = 10_000_000


def png(width: int, height: int) -> bytes:
    out = BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


def jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    return out.getvalue()


def filled_up(to: int) -> bytes:
    """A PNG of so many bytes: one that ends with a chunk of nothing."""
    short = png(8, 8)
    body = b"fiLl" + bytes(to - len(short) - 12)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return short[:-12] + chunk + short[-12:]


def bomb() -> bytes:
    """50,000 × 50,000 pixels, in the header alone."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    start = png(8, 8)[:8] + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return start + png(8, 8)[33:]


def kept(shop: Shop) -> int:
    with shop.read() as session:
        return len(session.execute(photos.select()).all())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (jpeg(), ("image/jpeg", 40, 30)),
        (png(9_000, 1_000), ("image/png", 9_000, 1_000)),
        (png(5, 100), ("image/png", 5, 100)),
        (filled_up(MOST), ("image/png", 8, 8)),
    ],
    ids=["jpeg", "sides", "ratio", "bytes"],
)
def test_what_is_just_within_the_limits_is_kept_once(shop: Shop, content: bytes, told: tuple[str, int, int]) -> None:
    added = add_photo(shop, by("staff:ann"), content)
    assert (added.media_type, added.width, added.height) == told
    assert add_photo(shop, by("staff:bo"), content) == added
    with shop.read() as session:
        [row] = session.execute(photos.select())
    assert (f"upload:{row.id}", row.content == content, row.added_by) == (added.photo, True, "staff:ann")


@pytest.mark.parametrize(
    ("content", "reason", "facts"),
    [
        (filled_up(MOST + 1), "photo-too-large", {"bytes": MOST + 1, "most": MOST}),
        (png(9_000, 1_001), "photo-sides-too-long", {"width": 9_000, "height": 1_001, "most": 10_000}),
        (bomb(), "photo-sides-too-long", {"width": 50_000, "height": 50_000, "most": 10_000}),
        (png(101, 5), "photo-too-narrow", {"width": 101, "height": 5, "most": 20}),
        (b"GIF89a" + bytes(20), "photo-format", {}),
        (b"", "photo-format", {}),
        (jpeg()[:-200], "photo-broken", None),
        (png(100, 100)[:40], "photo-broken", None),
        (b"\xff\xd8\xff", "photo-broken", None),
    ],
    ids=["bytes", "sides", "bomb", "ratio", "gif", "empty", "cut-jpeg", "cut-png", "no-jpeg"],
)
def test_what_telegram_would_refuse_is_refused(
    shop: Shop, content: bytes, reason: str, facts: dict[str, object] | None
) -> None:
    with pytest.raises(Refused) as refused:
        add_photo(shop, by("staff:ann"), content)
    assert refused.value.refusal.reason == reason
    assert facts is None or refused.value.refusal.facts == facts
    assert kept(shop) == 0


def test_a_draft_names_a_photo_that_there_is(shop: Shop) -> None:
    ids = [seat(shop, "Anna", 1)]
    photo = add_photo(shop, by("staff:ann"), jpeg()).photo
    head = drafted(shop, ids, contents=[{"text": "Hello", "photo": photo}])
    assert view(shop, head.id).contents[0].photo == photo
    for unknown in ("upload:999", "upload:", "upload:x", "file:poster.png"):
        with pytest.raises(Refused) as refused:
            drafted(shop, ids, contents=[{"text": "Hello", "photo": unknown}])
        assert refused.value.refusal.reason == "photo-unknown"
        assert refused.value.refusal.facts == {"photo": unknown}
