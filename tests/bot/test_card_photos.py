"""Staff look a member up by a photo of the card, through the sandbox."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from bot.codes import MOST_BYTES
from bot.pictures import card, qr
from core.db.staff import audit_logs
from core.insight.members import MemberRef, member_of
from tests.bot.conftest import Town
from tests.bot.talk import buttons
from tests.bot.test_staff import staff
from tests.shopping import enrol_one

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def photo_of(town: Town, member_id: int, kind: str = "JPEG") -> bytes:
    """Their card as our bot draws it, taken a little askew."""
    with town.shop.read() as session:
        member = member_of(session, MemberRef(id=member_id))
    png = card(club="Club", name=member.name, number=member.card_number, tier="Gold", colour="#B8892B")
    out = BytesIO()
    picture = Image.open(BytesIO(png)).convert("RGB").resize((800, 504))
    picture.rotate(5, Image.Resampling.BICUBIC, expand=True, fillcolor=(90, 80, 70)).save(out, kind, quality=50)
    return out.getvalue()


async def test_a_photo_of_the_card_opens_the_record_and_is_noted(town: Town) -> None:
    anna, bob = enrol_one(town.shop, "Anna Lee"), enrol_one(town.shop, "Bob Hill")
    ann = await staff(town, "ann", "till")
    await ann.press("s_find")
    assert "Anna Lee" in (await ann.send_photo(photo_of(town, anna)))["text"]
    await ann.send("/staff")
    assert "Bob Hill" in (await ann.send_document(photo_of(town, bob, "PNG"), "image/png"))["text"]
    with town.shop.read() as session:
        noted = session.execute(select(audit_logs.c.target).where(audit_logs.c.action == "look_up")).scalars()
        assert list(noted) == [f"member:{anna}", f"member:{bob}"]


async def test_what_cannot_be_read_gets_clear_words_and_the_question_stays(town: Town) -> None:
    anna = enrol_one(town.shop, "Anna Lee")
    ann = await staff(town, "ann", "till")
    await ann.press("s_find")
    blank = BytesIO()
    Image.new("RGB", (300, 200)).save(blank, "PNG")
    assert "no QR code" in (await ann.send_photo(blank.getvalue()))["text"]
    assert "says “hello”" in (await ann.send_photo(qr("hello")))["text"]
    assert "no picture" in (await ann.send_document(b"%PDF-1.7", "application/pdf"))["text"]
    assert "too large" in (await ann.send_document(bytes(MOST_BYTES + 1), "image/png"))["text"]
    await town.fault("500", method="getFile")
    lost = await ann.send_photo(photo_of(town, anna))
    assert "could not get this photo" in lost["text"]
    assert buttons(lost) == ["staff"]
    assert "Anna Lee" in (await ann.send("anna"))["text"]
    assert len(await town.calls("getFile")) == 4  # what is too large is not even asked for


async def test_nobody_elses_photo_is_fetched(town: Town) -> None:
    anna = enrol_one(town.shop, "Anna Lee")
    mallory = await town.member("Mallory")
    assert "Anna" not in (await mallory.send_photo(photo_of(town, anna)))["text"]
    assert await town.calls("getFile") == []


async def test_a_shared_contact_and_a_number_without_its_plus_are_found(town: Town) -> None:
    enrol_one(town.shop, "Anna Lee", phone="+12125550123")
    ann = await staff(town, "ann", "till")
    await ann.press("s_find")
    found = await ann.share_contact({"phone_number": "12125550123", "first_name": "Anna"})
    assert "Anna Lee" in found["text"]
    for number in range(9):
        enrol_one(town.shop, f"Wei {number}")
    await ann.press("s_find")
    assert "More than 8 members" in (await ann.send("wei"))["text"]
    assert "Anna Lee" in (await ann.send("１２１２５５５０１２３"))["text"]
