"""From a stranger to a member, in a real chat."""

from __future__ import annotations

from core.insight.balance import balance
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from tests.bot.conftest import Town
from tests.bot.talk import buttons
from tests.shopping import buy, enrol_one, line


async def test_a_new_member_agrees_names_the_card_and_sees_it(town: Town) -> None:
    anna = await town.person("Anna")

    asked = await anna.send("/start s_main-street")
    assert asked["text"].startswith("Hello Anna, welcome to Regulars Club!")
    assert buttons(asked) == ["join:offers:on", "join:care:on", "join:yes", "join:card", "join:no"]
    assert not anna.is_member()

    ticked = await anna.press("join:care:on")
    assert buttons(ticked)[:2] == ["join:offers:on", "join:care:off"]
    assert ticked["message_id"] == asked["message_id"]
    name = await anna.press("join:yes")
    assert name["text"] == "What name shall be on your card? Tap it or write another."
    card = await anna.send("Anna <b>Schmidt</b>")

    member = anna.member()
    assert (member.name, member.store, member.language) == ("Anna <b>Schmidt</b>", "main-street", "en")
    assert (member.allow_offers, member.allow_care, member.allow_statement) == (False, True, False)
    assert card["photo"]
    assert card["text"].startswith("🎉 Welcome, Anna <b>Schmidt</b>! This is your card.")
    assert anna.chat().dialogue is None


async def test_nothing_is_ticked_beforehand_and_no_is_an_answer(town: Town) -> None:
    anna = await town.person()
    await anna.send("hello")
    declined = await anna.press("join:no")
    assert declined["text"] == "That is fine. Nothing has been kept about you. If you change your mind, I am here."
    assert buttons(declined) == ["join"]
    assert not anna.is_member()


async def test_a_card_from_the_till_joins_by_its_secret_once(town: Town) -> None:
    enrolled = enrol(town.shop, Caller("till:front", "e1"), EnrolForm(name="Bo", card_number="1234567890"))
    bo = await town.person("Bo", "zh-CN")
    card = await bo.send(f"/start {enrolled.join_payload}")
    assert card["photo"]
    assert "欢迎您，Bo！" in card["text"]
    assert "1234 5678 90" in card["text"]
    assert bo.member().id == enrolled.id
    assert bo.member().language == "zh-Hans"

    thief = await town.person("Carl")
    refused = await thief.send(f"/start {enrolled.join_payload}")
    assert not thief.is_member()
    assert refused["text"]
    assert bo.is_member()


async def test_ones_own_phone_number_opens_the_card(town: Town) -> None:
    member_id = enrol_one(town.shop, "Dora", phone="+4915112345678")
    buy(town.shop, member_id, "p1", line(5000))
    dora = await town.person("Dora", phone="4915112345678")
    await dora.send("/start")
    asked = await dora.press("join:card")
    assert asked["keyboard"]["keyboard"][0][0]["request_contact"] is True
    card = await dora.share_contact()
    assert dora.member().id == member_id
    assert card["photo"]
    assert "Welcome, Dora!" in card["text"]


async def test_a_foreign_phone_number_opens_nothing(town: Town) -> None:
    member_id = enrol_one(town.shop, "Dora", phone="+4915112345678")
    eve = await town.person("Eve")
    await eve.send("/start")
    await eve.press("join:card")
    card = {"phone_number": "+4915112345678", "first_name": "Dora"}
    for forged in (card, {**card, "user_id": eve.chat_id + 1}):
        refused = await eve.share_contact(forged)
        assert refused["text"].startswith("That is somebody else's number.")
        assert not eve.is_member()
    with town.shop.read() as session:
        assert balance(town.shop, session, member_id).active == 0


async def test_an_unknown_number_is_offered_to_join_anew(town: Town) -> None:
    fred = await town.person("Fred", phone="4915100000000")
    await fred.send("/start")
    await fred.press("join:card")
    asked = await fred.share_contact()
    assert "join:yes" in buttons(asked)
    said = [each["text"] for each in await fred.messages()]
    assert "There is no card with your number. You can join right here:" in said
    await fred.press("join:yes")
    await fred.press("join:name")
    assert fred.member().name == "Fred"


async def test_a_friend_is_invited_and_both_are_paid(town: Town) -> None:
    anna = await town.member("Anna")
    code = anna.member().invite_code
    invite = await anna.send("/invite")
    assert f"https://t.me/regulars_sandbox_bot?start=i_{code}" in invite["text"]
    assert invite["photo"]

    gus = await town.person("Gus")
    asked = await gus.send(f"/start s_main--i_{code}")
    assert "A friend invited you" in asked["text"]
    await gus.press("join:yes")
    await gus.press("join:name")
    assert (gus.member().referrer_id, gus.member().store) == (anna.member().id, "main")
    buy(town.shop, gus.member().id, "first", line(3000))
    assert "300 points to spend" in (await anna.send("points"))["text"]


async def test_an_unknown_invitation_is_left_out(town: Town) -> None:
    anna = await town.person()
    asked = await anna.send("/start i_NOSUCH")
    assert "friend invited" not in asked["text"]
    await anna.press("join:yes")
    await anna.press("join:name")
    assert anna.member().referrer_id is None


async def test_a_half_finished_dialogue_goes_on_after_a_restart(town: Town) -> None:
    anna = await town.person()
    await anna.send("/start s_harbour")
    await anna.press("join:offers:on")
    await anna.press("join:yes")
    await town.stop()

    update_id = await anna.post({"text": "Anna Maria"})
    await town.start()
    await anna.finished(update_id)
    assert (anna.member().name, anna.member().store, anna.member().allow_offers) == ("Anna Maria", "harbour", True)


async def test_a_name_that_cannot_be_read_is_asked_for_again(town: Town) -> None:
    anna = await town.person()
    await anna.send("/start")
    await anna.press("join:yes")
    for name in ("x" * 101, "one\ntwo"):
        asked = await anna.send(name)
        assert asked["text"] == "Please write a name of up to 100 characters on one line."
        assert not anna.is_member()
    await anna.send("安娜")
    assert anna.member().name == "安娜"
