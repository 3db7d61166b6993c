from __future__ import annotations

from io import BytesIO

from PIL import Image

from bot.pictures import SIZE, card, qr, spaced


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("RGB")


def test_the_card_has_the_tiers_colour_and_a_scannable_looking_code() -> None:
    gold = opened(card(club="Club", name="Ann", number="123456789012", tier="Gold", colour="#B8892B"))
    blue = opened(card(club="Club", name="Ann", number="123456789012", tier="Diamond", colour="#2B3A67"))
    assert gold.size == SIZE
    red, _, last = gold.getpixel((20, 200))  # type: ignore[misc]
    assert red > last + 60
    red, _, last = blue.getpixel((20, 200))  # type: ignore[misc]
    assert last > red + 20


def test_names_in_chinese_are_drawn_each_by_its_own_signs() -> None:
    def of(name: str) -> bytes:
        return card(club="熟客会", name=name, number="1", tier="金卡", colour="#B8892B")

    assert of("欧阳晓明") != of("司马小红")  # without the signs both would be the same four boxes


def test_a_long_name_does_not_reach_the_code() -> None:
    long = opened(card(club="C", name="W" * 100, number="1", tier="T", colour="#000000"))
    assert long.getpixel((670, 460)) != (255, 255, 255)


def test_a_qr_code_is_black_on_white_with_a_quiet_zone() -> None:
    picture = opened(qr("ABCDEF"))
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert picture.getpixel((50, 50)) == (0, 0, 0)
    assert qr("ABCDEF") != qr("ABCDEG")


def test_card_numbers_are_read_in_groups() -> None:
    assert spaced("123456789012") == "1234 5678 9012"
    assert spaced("12345") == "1234 5"
