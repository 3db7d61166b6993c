"""A member's own data: all of it as a file, and the way out."""

from __future__ import annotations

import json

from bot.guest import Guest
from bot.screen import Answer, Button, File, Screen, show
from bot.screens import buttons
from core.insight.stored_value import stored_value
from core.rules.refusal import Refused
from core.services.members.export_member import export_member
from core.services.members.forget_member import Forget, forget_member


def screen(guest: Guest) -> Screen:
    say = guest.say
    rows = (
        (Button(say("data.export"), "export"),),
        (Button(say("data.forget"), "forget"),),
        buttons.back(say, "settings"),
    )
    return Screen(say("data.text"), rows)


def export(guest: Guest) -> Screen:
    """Everything the books and the member record hold about the member, as JSON."""
    found = export_member(guest.shop, guest.id)
    content = json.dumps(found, ensure_ascii=False, indent=2).encode()
    name = f"regulars-{guest.member.card_number}.json"
    return Screen(guest.say("data.exported"), (buttons.home(guest.say),), document=File(name, content))


def ask_forget(guest: Guest) -> Screen:
    """First of two questions: what goes and what that means. Refused: stored-value-left, before anything is asked."""
    say = guest.say
    paid_in = stored_value(guest.shop, guest.session, guest.id).paid_in
    if paid_in:
        raise Refused("stored-value-left", paid_in=paid_in)
    rows = ((Button(say("data.forget_on"), "forget_on"),), (Button(say("data.forget_no"), "home"),))
    return Screen(say("data.forget_ask"), rows)


def ask_again(guest: Guest) -> Screen:
    say = guest.say
    rows = ((Button(say("data.forget_no"), "home"),), (Button(say("data.forget_yes"), f"forget_me:{guest.nonce()}"),))
    return Screen(say("data.forget_sure", name=guest.member.name), rows)


def forget(guest: Guest, nonce: str) -> Answer:
    guest.do(forget_member, Forget(member_id=guest.id), nonce)
    return show(Screen(guest.say("data.forgotten")))
