"""Staff at work in chat, through the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from telegram import Update

from bot.conversation import handle
from bot.guest import Desk
from core.db.campaigns import campaigns
from core.db.deliveries import deliveries, message_contents
from core.db.staff import audit_logs
from core.insight.balance import balance
from core.insight.members import MemberRef
from core.rules.campaigns import Content
from core.services.campaigns.approve_campaign import Approval, approve_campaign
from core.services.campaigns.campaigning import CampaignRef
from core.services.campaigns.change_campaign import CampaignChange, change_campaign
from core.services.campaigns.launch_campaign import launch_campaign
from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.campaigns.request_approval import request_approval
from core.services.campaigns.send_test import CampaignTest, send_test
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.services.segments.refresh_facts import refresh_facts
from core.services.staff.joining import StaffInvite, invite_staff, revoke_staff
from core.services.staff.notices import any_notice
from core.shop import Shop
from tests.bot.conftest import Town
from tests.bot.delivery.post import rows
from tests.bot.talk import Person, buttons, labels, until
from tests.campaigns import content, launched, planned
from tests.conftest import FrozenClock
from tests.services.campaigning import ANN, BO, approved, by, drafted, seat, view
from tests.shopping import enrol_one

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def staff(town: Town, name: str, role: Any, language: str = "en") -> Person:
    payload = invite_staff(town.shop, "admin:cli", StaffInvite(name=name, role=role)).join_payload
    person = await town.person(name, language)
    message = await person.send(f"/start {payload}")
    assert name in message["text"]
    return person


def active(town: Town, member_id: int) -> int:
    with town.shop.read() as session:
        return balance(town.shop, session, member_id).active


async def test_a_member_is_found_and_every_look_is_noted(town: Town) -> None:
    anna = enrol_one(town.shop, "Anna Lee", phone="+12125550123")
    berg = enrol_one(town.shop, "Anna Berg")
    ann = await staff(town, "ann", "till")
    await ann.press("s_find")
    assert "2 members" in (await ann.send("anna"))["text"]
    record = await ann.send("+1 212 555-0123")
    assert "Anna Lee" in record["text"]
    assert "s_points" not in str(buttons(record))  # a till looks, and gives nothing
    with town.shop.read() as session:
        shown, looked = session.execute(select(audit_logs).where(audit_logs.c.action.in_(("find", "look_up")))).all()
    assert (shown.actor, shown.detail) == ("till:ann", {"members": [berg, anna]})
    assert (looked.actor, looked.target) == ("till:ann", f"member:{anna}")
    assert await ann.tap(f"s_points:{anna}") == "That takes the role staff; yours is till."


def test_a_record_shows_a_test_under_the_name_of_its_broadcast(small_shop: Shop) -> None:
    anna = seat(small_shop, "Anna Lee", 7)
    wish = CampaignTest(campaign=drafted(small_shop, [anna]).id, to=[MemberRef(id=anna)])
    send_test(small_shop, by(ANN), wish)
    link = invite_staff(small_shop, "admin:cli", StaffInvite(name="ann", role="till")).join_payload
    user = {"id": 8, "is_bot": False, "first_name": "ann"}
    message = {"message_id": 1, "date": 0, "chat": {"id": 8, "type": "private"}, "from": user, "text": f"/start {link}"}
    handle(Desk(small_shop), Update.de_json({"update_id": 1, "message": message}, None))
    press = {"id": "1", "from": user, "chat_instance": "1", "data": f"s_member:{anna}", "message": message}
    record = handle(Desk(small_shop), Update.de_json({"update_id": 2, "callback_query": press}, None))
    assert record is not None
    assert "Spring" in record.screens[0].text.splitlines()[-1]


async def test_points_are_given_with_a_reason_after_a_yes_once(town: Town) -> None:
    anna = enrol_one(town.shop, "Anna Lee")
    ann = await staff(town, "ann", "staff")
    await ann.press("s_find")
    await ann.send("Anna")
    await ann.press(f"s_points:{anna}")
    assert "number first" in (await ann.send("two hundred"))["text"]
    assert "At most 10,000,000 points" in (await ann.send("99999999 Spilt coffee"))["text"]
    for unclear in ("1 000 Spilt coffee", "1,5 Spilt coffee", "1:30 Spilt coffee", "1,000", "1,0000 Spilt coffee"):
        assert "number first" in (await ann.send(unclear))["text"], unclear
    for thousand in ("1,000 Spilt coffee", "1，000 Spilt coffee", "1000, Spilt coffee"):
        read = (await ann.send(thousand))["text"]
        assert ("1,000 points" in read, "Reason: Spilt coffee" in read) == (True, True), read
    assert "20 points" in (await ann.send("20 Spilt coffee"))["text"]
    asked = await ann.send("200 Spilt coffee")
    assert "200 points" in asked["text"]
    [yes] = [each for each in buttons(asked) if each.startswith("s_give")]
    assert active(town, anna) == 0
    assert "Given" in (await ann.press(yes))["text"]
    assert await ann.tap(yes, asked) == "That question is answered or over. Please begin anew."
    assert active(town, anna) == 200


async def test_beyond_the_limit_an_admin_lets_it_through(town: Town, clock: FrozenClock) -> None:
    anna = enrol_one(town.shop, "Anna Lee")
    ann, bea = await staff(town, "ann", "staff"), await staff(town, "bea", "admin", "zh-hans")
    await ann.press(f"s_points:{anna}", await ann.send("/staff"))
    asked = await ann.send("501 Broken vase")
    waits = await ann.press(buttons(asked)[0])
    assert "waits for an admin" in waits["text"]
    assert active(town, anna) == 0
    await told(town, clock, bea, "Broken vase")  # what comes of itself comes before the next answer
    assert "✅ 待批准：1" in labels(await bea.send("/staff"))
    await bea.press("s_gifts")
    shown = await bea.press("s_gift:1")
    assert "Broken vase" in shown["text"]
    assert await ann.tap("s_decide:1:yes") == "That takes the role admin; yours is staff."
    await bea.tap("s_decide:1:yes", shown)
    assert any("由 bea 批准" in each["text"] for each in await bea.messages())  # the newest may be what tells her of it
    assert active(town, anna) == 501
    assert await bea.tap("s_decide:1:no", shown) == "情况已变化，现在：✅ 已赠送，由 bea 批准"
    assert active(town, anna) == 501


async def test_a_coupon_of_the_program_is_given(town: Town) -> None:
    anna = enrol_one(town.shop, "Anna Lee")
    ann = await staff(town, "ann", "staff")
    choices = await ann.press(f"s_coupons:{anna}", await ann.send("/staff"))
    first = next(each for each in buttons(choices) if each.startswith("s_coupon:"))
    await ann.press(first)
    asked = await ann.send("Long wait at the till")
    assert "Given" in (await ann.press(buttons(asked)[0]))["text"]
    assert "🎟" in (await ann.press(f"s_member:{anna}"))["text"]


async def test_who_is_not_staff_gets_nothing(town: Town) -> None:
    anna = enrol_one(town.shop, "Anna Lee")
    mallory = await town.member("Mallory")
    assert (await mallory.send("/staff"))["text"] == "Only staff may do that."
    for forged in (f"s_member:{anna}", f"s_points:{anna}", "s_gifts", "s_decide:1:yes", "s_give:C1"):
        toast = await mallory.tap(forged)
        assert toast is not None
        assert "Anna" not in toast
    ann = await staff(town, "ann", "admin")
    await ann.press("s_find")
    revoke_staff(town.shop, "admin:cli", "ann")
    assert (await ann.send("Anna"))["text"] == "Only staff may do that."
    assert "join:yes" in buttons(await ann.send("Anna"))  # the question is over: a stranger again


async def test_staff_who_are_no_members_are_at_their_desk_until_they_join(town: Town) -> None:
    ann = await town.person("Ann")
    asked = await ann.send("/start")
    invited = invite_staff(town.shop, "admin:cli", StaffInvite(name="ann", role="staff"))
    assert "🧑‍💼" in (await ann.send(f"/start {invited.join_payload}"))["text"]
    for text in ("/start", "hello", "/points", "what is this?"):
        assert "s_find" in buttons(await ann.send(text)), text
    for stale in ("join:name", "join:yes", "points"):
        assert "s_find" in buttons(await ann.press(stale, asked)), stale
    assert not ann.is_member()
    assert "s_find" not in str(buttons(await ann.press("join", await ann.send("/staff"))))
    assert "s_find" in buttons(await ann.press("join:no"))
    assert labels(await ann.press("s_language:zh-Hans"))[0] == "🔎 查找会员"
    assert labels(await ann.send("/staff"))[0] == "🔎 查找会员"
    await ann.press("s_language:en")
    await ann.press("join")
    await ann.press("join:yes")
    await ann.send("Ann Lee")
    assert ann.member().name == "Ann Lee"
    assert "points" in buttons(await ann.send("/start"))
    assert not {"join", "s_language:zh-Hans"} & set(buttons(await ann.send("/staff")))
    assert await ann.tap("s_language:zh-Hans") is not None  # a member's language is a setting
    assert labels(await ann.newest())[0] == "🔎 Find a member"


async def asked_for(ann: Person) -> None:
    """A broadcast to everybody, written in ann's chat and laid before the admins."""
    await ann.press("s_casts", await ann.send("/staff"))
    await ann.press("s_new")
    await ann.send("Tea is half price, {name}!")
    drafted = await ann.press("s_to:all")
    assert "2 of 2 will get it" in drafted["text"]
    asked = await ann.press("s_sure:ask:1")
    assert "2 of 2 would get it" in asked["text"]
    await ann.press(buttons(asked)[0])


async def told(town: Town, clock: FrozenClock, person: Person, what: str) -> dict[str, Any]:
    """The message that follows a thing, once it says so."""
    found: dict[str, Any] = {}
    clock.move(seconds=5)

    async def says() -> bool:
        await town.bot.notices.tend()
        found.update(next((each for each in await person.messages() if what in (each["text"] or "")), {}))
        return bool(found)

    await until(says, what)
    return found


async def test_a_broadcast_is_written_approved_watched_and_stopped(town: Town, clock: FrozenClock) -> None:
    for name in ("Anna", "Bob"):
        member = await town.member(name)
        wish = MemberChange(member_id=member.member().id, allow_offers=True)
        update_member(town.shop, Caller("telegram", f"allow:{name}"), wish)
    refresh_facts(town.shop, whole=True)
    ann, bea = await staff(town, "ann", "staff"), await staff(town, "bea", "admin")
    await asked_for(ann)
    assert "s_approve" not in str(buttons(await told(town, clock, ann, "Waits for approval")))
    assert await ann.tap("s_approve:1:00000000") == "That takes the role admin; yours is staff."
    notice = await told(town, clock, bea, "Waits for approval")
    assert "half price" in notice["text"]
    [approve] = [each for each in buttons(notice) if each.startswith("s_approve")]
    assert await bea.tap("s_approve:1:0123456789abcdef", notice) is not None  # of something else than was shown
    await bea.press(approve, notice)
    ready = await told(town, clock, ann, "Approved by bea")
    carried: list[int] = []
    town.bot.host.desk = replace(town.bot.host.desk, carry_on=carried.append)
    sure = await ann.press("s_sure:launch:1", ready)
    assert "2 of 2 will get it" in sure["text"]
    [yes, _] = buttons(sure)
    assert await ann.tap(yes, sure) is None
    assert carried == [1]  # it waits for no tick
    assert await ann.tap(yes, sure) is None  # one wish, however often it is tapped
    assert await ann.tap("s_step:launch:1", sure) == "It has changed meanwhile. Now: 🚀 On its way"
    carried.clear()
    plan_campaigns(town.shop)
    running = await told(town, clock, ann, "0 of 2 done")
    await ann.press("s_step:pause:1", running)
    paused = await told(town, clock, bea, "Paused")
    sure = await bea.press("s_sure:cancel:1", paused)
    assert "2 wait" in sure["text"]
    assert sure["message_id"] != paused["message_id"]  # what follows the broadcast does not overwrite the question
    await bea.press(buttons(sure)[0], sure)
    await told(town, clock, ann, "Called off")
    assert carried == [1, 1]
    with town.shop.read() as session:
        ends = session.execute(select(deliveries.c.state, deliveries.c.reason)).all()
        actions = session.execute(select(audit_logs.c.actor, audit_logs.c.action).order_by(audit_logs.c.id)).all()
    assert ends == [("suppressed", "cancelled")] * 2
    assert [tuple(each) for each in actions if "campaign" in each.action or "approval" in each.action] == [
        ("staff:ann", "draft_campaign"),
        ("staff:ann", "request_approval"),
        ("admin:bea", "approve_campaign"),
        ("staff:ann", "launch_campaign"),
        ("staff:ann", "pause_campaign"),
        ("admin:bea", "cancel_campaign"),
    ]


async def test_a_broadcast_on_its_way_is_corrected_by_two_and_recalled_after_a_yes(
    town: Town, clock: FrozenClock
) -> None:
    member = (await town.member("Anna")).member().id
    launched(town.shop, [member], [content("Tea is half price, {name}!")])
    planned(town.shop, 1, {member: ("a", "en")})
    ann, bea = await staff(town, "ann", "staff"), await staff(town, "bea", "admin")
    shown = await ann.press("s_cast:1", await ann.send("/staff"))
    assert {"s_fix:1", "s_recall:1"} <= set(buttons(shown))
    await ann.press("s_fix:1")
    waits = await ann.send("Tea is a third off, {name}!")
    assert "s_fix_yes" not in str(buttons(waits))
    assert said(town) == ["Tea is half price, {name}!"]
    notice = await told(town, clock, bea, "third off")
    [yes] = [each for each in buttons(notice) if each.startswith("s_fix_yes")]
    assert await ann.tap(yes) == "That takes the role admin; yours is staff."
    assert await bea.tap("s_fix_yes:1:0123456789abcdef", notice) is not None  # of something else than was shown
    assert said(town) == ["Tea is half price, {name}!"]
    below = (await bea.press("s_fix_seen:1", notice))["text"]
    assert below == "Tea is a third off, {name}!"
    await bea.press(yes, notice)
    assert said(town) == ["Tea is a third off, {name}!"]
    await told(town, clock, ann, "Approved by bea")
    assert await bea.tap(yes, notice) == "It has changed meanwhile. Now: ✅ Approved by bea"
    assert "third off" in (await ann.press("s_cast:1", await ann.send("/staff")))["text"]
    late = await bea.press("s_recall:1", await bea.press("s_cast:1", await bea.send("/staff")))
    asked = await ann.press("s_recall:1", await ann.press("s_cast:1", await ann.send("/staff")))
    assert [row.state for row in rows(town.shop)] == ["planned"]  # it is asked once more
    assert "Recalled" in (await ann.press(buttons(asked)[0]))["text"]
    assert [(row.state, row.reason) for row in rows(town.shop)] == [("suppressed", "cancelled")]
    assert await ann.tap(buttons(asked)[0], asked) == "Recalled: messages are being deleted."  # one wish
    assert await bea.tap(buttons(late)[0], late) == "It has changed meanwhile. Now: ↩️ Recalled"
    [stands] = [each for each in await bea.messages() if each["message_id"] == late["message_id"]]
    assert ("↩️ Recalled" in stands["text"], "s_recalled" in str(buttons(stands))) == (True, False)
    assert await bea.tap("s_recall:1") == "It has changed meanwhile. Now: ↩️ Recalled"
    assert "s_fix:1" not in buttons(await ann.press("s_cast:1"))


async def test_a_late_yes_is_to_nothing_but_what_was_asked_about(town: Town) -> None:
    member = (await town.member("Anna")).member().id
    update_member(town.shop, Caller("telegram", "allow"), MemberChange(member_id=member, allow_offers=True))
    ann, _ = await staff(town, "ann", "staff"), await staff(town, "bea", "admin")
    dropped, changed, asked = approved(town.shop, [member]), approved(town.shop, [member]), drafted(town.shop, [member])
    shown = await ann.send("/staff")
    yes = {}
    for what, about in ("cancel", dropped), ("launch", changed), ("ask", asked.id):
        yes[about] = buttons(await ann.press(f"s_sure:{what}:{about}", shown))[0]
        assert len(yes[about].encode()) < 50
    launch_campaign(town.shop, by(BO), CampaignRef(campaign=dropped))
    other = [Content(language="en", text="Other")]
    for about in changed, asked.id:
        change_campaign(town.shop, by(ANN), CampaignChange(campaign=about, contents=other))
    request_approval(town.shop, by(ANN), CampaignRef(campaign=changed))
    approve_campaign(town.shop, by(BO), Approval(campaign=changed, sha256=view(town.shop, changed).sha256))
    now = {dropped: "🚀 On its way", changed: "✅ Approved by bo", asked.id: "📝 Draft"}
    for about, state in now.items():
        assert await ann.tap(yes[about], shown) == f"It has changed meanwhile. Now: {state}"
    assert [view(town.shop, about).status for about in now] == ["launched", "approved", "draft"]


def said(town: Town) -> list[str]:
    with town.shop.read() as session:
        return list(session.execute(select(message_contents.c.text)).scalars())


async def test_what_members_could_not_get_is_told_before_it_is_kept(town: Town) -> None:
    await town.member("Anna")
    refresh_facts(town.shop, whole=True)
    ann = await staff(town, "ann", "staff")
    await ann.press("s_new", await ann.send("/staff"))
    await ann.send("Hello {nmae}")
    toast = await ann.tap("s_to:all")
    assert toast is not None
    assert "nmae" in toast
    with town.shop.read() as session:
        assert session.execute(select(campaigns)).all() == []


async def test_a_broadcast_that_nobody_would_get_is_asked_for_in_vain(town: Town) -> None:
    await town.member("Anna")  # who wants no offers
    refresh_facts(town.shop, whole=True)
    ann, _ = await staff(town, "ann", "staff"), await staff(town, "bea", "admin")
    await ann.press("s_new", await ann.send("/staff"))
    await ann.send("Tea!")
    drafted = await ann.press("s_to:all")
    assert "1 want no offers" in drafted["text"]
    toast = await ann.tap("s_sure:ask:1", drafted)
    assert toast is not None
    assert toast.startswith("Nobody would get it: 1 are meant")
    assert "📝 Tea! · ann" in labels(await ann.press("s_casts", drafted))[0]
    with town.shop.read() as session:
        assert session.execute(select(campaigns.c.status)).scalars().all() == ["draft"]


async def test_a_gift_beyond_the_limit_is_told_to_the_admins_and_followed(town: Town, clock: FrozenClock) -> None:
    anna = enrol_one(town.shop, "Anna Lee")
    ann, bea = await staff(town, "ann", "staff"), await staff(town, "bea", "admin")
    await ann.press(f"s_points:{anna}", await ann.send("/staff"))
    await ann.press(buttons(await ann.send("501 Broken vase"))[0])
    notice = await told(town, clock, bea, "Broken vase")
    assert buttons(notice) == ["s_decide:1:yes", "s_decide:1:no"]
    await bea.press("s_decide:1:no", notice)
    await told(town, clock, ann, "Not let through by bea")
    assert active(town, anna) == 0
    assert not any_notice(town.shop)


async def test_a_photo_with_a_formatted_caption_is_the_very_message(town: Town) -> None:
    ann = await staff(town, "ann", "staff")
    await ann.press("s_new", await ann.send("/staff"))
    chat = {"id": ann.chat_id, "type": "private", "first_name": "ann"}
    sizes = [{"file_id": name, "file_unique_id": name, "width": 9, "height": 9} for name in ("small", "large")]
    message = {
        "message_id": 900,
        "date": 1772463600,
        "chat": chat,
        "from": {"id": ann.chat_id, "is_bot": False, "first_name": "ann"},
        "photo": sizes,
        "caption": "Half price & more",
        "caption_entities": [{"type": "bold", "offset": 0, "length": 10}],
    }
    update = Update.de_json({"update_id": 9_000, "message": message}, town.bot.application.bot)
    answer = handle(Desk(town.shop), update)
    assert answer is not None
    assert isinstance(answer.dialogue, dict)
    assert (answer.dialogue["text"], answer.dialogue["photo"]) == ("<b>Half price</b> &amp; more", "large")
    nothing = {**message, "photo": [], "caption": None, "sticker": None}
    unreadable = handle(Desk(town.shop), Update.de_json({"update_id": 9_001, "message": nothing}, None))
    assert unreadable is not None
    assert "no text" in unreadable.screens[0].text
