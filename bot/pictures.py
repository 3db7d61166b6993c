"""The member's card and QR codes as PNG."""

from __future__ import annotations

from functools import cache, lru_cache
from io import BytesIO

import segno
from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

SIZE = (1012, 638)  # a bank card's proportions
MARGIN = 64
QR_SIDE = 268
WHITE = (255, 255, 255)
Colour = tuple[int, int, int]


@lru_cache(512)
def card(*, club: str, name: str, number: str, tier: str, colour: str) -> bytes:
    """The membership card. colour: the tier's, #rrggbb; number: also what the QR code says."""
    base = _rgb(colour)
    picture = _ground(base).copy()
    draw = ImageDraw.Draw(picture)
    soft = _mix(base, WHITE, 0.72)
    draw.text((MARGIN, MARGIN - 10), _fitting(club, 40, SIZE[0] - 2 * MARGIN - 220), WHITE, _font(40))
    draw.text((SIZE[0] - MARGIN, MARGIN - 4), tier, soft, _font(34), anchor="ra")
    beside = SIZE[0] - 3 * MARGIN - QR_SIDE
    draw.text((MARGIN, SIZE[1] - MARGIN - 92), _fitting(name, 56, beside), WHITE, _font(56), anchor="ls")
    draw.text((MARGIN, SIZE[1] - MARGIN), spaced(number), soft, _font(40), anchor="ls")
    _paste_qr(picture, number)
    return _png(picture)


@lru_cache(512)
def qr(data: str) -> bytes:
    """A QR code with a quiet zone, large enough to scan from a phone's screen."""
    out = BytesIO()
    segno.make_qr(data, error="m").save(out, kind="png", scale=12, border=4)
    return out.getvalue()


def spaced(number: str) -> str:
    """A card number in groups of four, as it is read aloud."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


@lru_cache(32)
def _ground(base: Colour) -> Image.Image:
    """The tier's colour, darker towards the lower right, with two large soft circles."""
    dark = _mix(base, (0, 0, 0), 0.35)
    slanted = Image.linear_gradient("L").rotate(35, Image.Resampling.BICUBIC).crop((52, 52, 204, 204))
    shade = slanted.resize(SIZE, Image.Resampling.BICUBIC)
    picture = Image.composite(Image.new("RGB", SIZE, dark), Image.new("RGB", SIZE, base), shade)
    glow = Image.new("L", SIZE, 0)
    draw = ImageDraw.Draw(glow)
    draw.ellipse((560, -300, 1160, 300), fill=22)
    draw.ellipse((-240, 300, 420, 960), fill=16)
    picture.paste(Image.new("RGB", SIZE, WHITE), (0, 0), glow)
    return picture


def _paste_qr(picture: Image.Image, number: str) -> None:
    out = BytesIO()
    segno.make_qr(number, error="m").save(out, kind="png", scale=1, border=0)
    code = Image.open(out).convert("RGB")
    pad = 18
    inner = QR_SIDE - 2 * pad
    scaled = code.resize((inner, inner), Image.Resampling.NEAREST)
    left, top = SIZE[0] - MARGIN - QR_SIDE, SIZE[1] - MARGIN - QR_SIDE
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((left, top, left + QR_SIDE, top + QR_SIDE), 22, fill=WHITE)
    picture.paste(scaled, (left + pad, top + pad))


def _fitting(text: str, size: int, width: int) -> str:
    """The text, or as much of it as fits, with an ellipsis."""
    font = _font(size)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(sans_path(), size)


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _png(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
