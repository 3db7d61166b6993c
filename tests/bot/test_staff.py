"""Staff at work in chat, through the sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.db.staff import audit_logs
from core.insight.balance import balance
from core.services.staff import StaffInvite, invite_staff, revoke_staff
from tests.bot.conftest import Town
from tests.bot.talk import Person, buttons, labels
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
    enrol_one(town.shop, "Anna Berg")
    ann = await staff(town, "ann", "till")
    await ann.press("s_find")
    assert "2 members" in (await ann.send("anna"))["text"]
    record = await ann.send("+1 212 555-0123")
    assert "Anna Lee" in record["text"]
    assert "s_points" not in str(buttons(record))  # a till looks, and gives nothing
    with town.shop.read() as session:
        noted = session.execute(select(audit_logs).where(audit_logs.c.action == "look_up")).one()
    assert (noted.actor, noted.target) == ("till:ann", f"member:{anna}")
    assert await ann.tap(f"s_points:{anna}") == "That takes the role staff; yours is till."


async def test_points_are_given_with_a_reason_after_a_yes_once(town: Town) -> None:
    anna = enrol_one(town.shop, "Anna Lee")
    ann = await staff(town, "ann", "staff")
    await ann.press("s_find")
    await ann.send("Anna")
    await ann.press(f"s_points:{anna}")
    assert "number first" in (await ann.send("two hundred"))["text"]
    asked = await ann.send("200 Spilt coffee")
    assert "200 points" in asked["text"]
    [yes] = [each for each in buttons(asked) if each.startswith("s_give")]
    assert active(town, anna) == 0
    assert "Given" in (await ann.press(yes))["text"]
    assert await ann.tap(yes, asked) == "That question is answered or over. Please begin anew."
    assert active(town, anna) == 200


async def test_beyond_the_limit_an_admin_lets_it_through(town: Town) -> None:
    anna = enrol_one(town.shop, "Anna Lee")
    ann, bea = await staff(town, "ann", "staff"), await staff(town, "bea", "admin", "zh-hans")
    await ann.press(f"s_points:{anna}", await ann.send("/staff"))
    asked = await ann.send("501 Broken vase")
    waits = await ann.press(buttons(asked)[0])
    assert "waits for an admin" in waits["text"]
    assert active(town, anna) == 0
    assert "✅ 待批准：1" in labels(await bea.send("/staff"))
    await bea.press("s_gifts")
    shown = await bea.press("s_gift:1")
    assert "Broken vase" in shown["text"]
    assert await ann.tap("s_decide:1:yes") == "That takes the role admin; yours is staff."
    assert "bea" in (await bea.press("s_decide:1:yes", shown))["text"]
    assert active(town, anna) == 501
    assert await bea.tap("s_decide:1:no", shown) is not None
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
