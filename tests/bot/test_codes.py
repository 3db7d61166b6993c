"""The code of a card is read as a phone takes it, and whatever else is sent costs little."""

from __future__ import annotations

import zlib
from io import BytesIO

import pytest
from PIL import Image

from bot.codes import MOST_BYTES, MOST_SCANS, MOST_SEGMENTS, Scan, scan
from bot.pictures import card, qr

NUMBER = "123456789012"
BACKGROUND = (96, 84, 70)


def drawn() -> Image.Image:
    png = card(club="Club", name="Ann Lee", number=NUMBER, tier="Gold", colour="#B8892B")
    return Image.open(BytesIO(png)).convert("RGB")


def taken(picture: Image.Image, kind: str = "JPEG", quality: int = 60) -> bytes:
    out = BytesIO()
    picture.save(out, kind, quality=quality)
    return out.getvalue()


@pytest.mark.parametrize(("degrees", "side", "quality"), [(0, 1012, 60), (8, 640, 40), (-17, 320, 50), (90, 2400, 30)])
def test_the_card_that_we_draw_is_read_turned_scaled_and_compressed(degrees: int, side: int, quality: int) -> None:
    picture = drawn()
    picture = picture.resize((side, side * picture.height // picture.width))
    turned = picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=BACKGROUND)
    assert scan(taken(turned, quality=quality)) == Scan((NUMBER,))


def test_a_large_photo_is_looked_at_smaller_and_two_cards_are_both_read() -> None:
    table = Image.new("RGB", (4000, 3000), BACKGROUND)
    table.paste(drawn().resize((1500, 946)), (200, 300))
    table.paste(Image.open(BytesIO(qr("other"))).convert("RGB").resize((600, 600)), (2500, 1800))
    assert set(scan(taken(table)).codes) == {NUMBER, "other"}
    assert scan(taken(drawn(), "WEBP")) == scan(taken(drawn(), "PNG")) == Scan((NUMBER,))


def test_a_photo_without_a_code_says_nothing() -> None:
    assert scan(taken(Image.new("RGB", (900, 600), BACKGROUND))) == Scan()
    assert scan(qr("x" * 100)) == Scan()  # longer than any card's number


def bomb(width: int, height: int) -> bytes:
    """A PNG of that size in a few hundred bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(5001, 5000), (12_000, 10_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_unpacks_to_too_much_is_not_unpacked(size: tuple[int, int]) -> None:
    assert scan(bomb(*size)) == Scan(fault="too_large")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100, b"%PDF-1.7", taken(drawn())[:2000], bomb(100, 100), b"GIF89a" + b"\xff" * 60],
    ids=["empty", "zeros", "pdf", "cut off", "no data", "gif"],
)
def test_what_is_no_picture_is_said_to_be_none(content: bytes) -> None:
    assert scan(content) == Scan(fault="no_picture")


def test_what_is_too_long_is_not_even_opened() -> None:
    assert scan(taken(drawn()) + bytes(MOST_BYTES)) == Scan(fault="too_large")


def progressive(scans: int, between: bytes = b"") -> bytes:
    """The card with its last scan, which refines every block, said so many times in all."""
    out = BytesIO()
    drawn().convert("L").save(out, "JPEG", progressive=True)
    jpeg = out.getvalue()
    last = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + (between + last) * (scans - jpeg.count(b"\xff\xda")) + b"\xff\xd9"


def test_a_jpeg_of_more_scans_than_any_encoder_writes_is_not_decoded() -> None:
    assert scan(progressive(MOST_SCANS)) == Scan((NUMBER,))
    assert scan(progressive(MOST_SCANS + 1)) == Scan(fault="no_picture")
    hidden = b"\xff\xfe\x00\x06\xff\xd9\xff\xd9"  # a comment that looks like the end
    assert scan(progressive(MOST_SCANS + 1, hidden)) == Scan(fault="no_picture")
    jpeg = progressive(20)
    assert scan(jpeg[:2] + b"\xff\xfe\x00\x02" * MOST_SEGMENTS + jpeg[2:]) == Scan(fault="no_picture")


def test_what_looks_like_scans_in_a_comment_or_behind_the_picture_counts_for_nothing() -> None:
    jpeg, like = taken(drawn()), b"\xff\xda\x00\x02" * 1_000
    assert scan(jpeg[:2] + b"\xff\xfe" + (len(like) + 2).to_bytes(2) + like + jpeg[2:] + like) == Scan((NUMBER,))
