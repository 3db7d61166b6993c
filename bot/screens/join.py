"""From a stranger to a member: consent, a name, a card; or a card that is already there."""

from __future__ import annotations

from typing import Any

from bot.guest import Forged, Guest
from bot.screen import Answer, Button, Dialogue, Screen, show
from bot.screens import buttons, card, home
from bot.staff import desk
from core.insight.members import inviter
from core.program.schema import words
from core.rules.refusal import Refused
from core.services.chats.join_chat import NewJoin, PayloadJoin, PhoneJoin, join_by_payload, join_by_phone, join_new
from core.services.members.enrol import EnrolForm, Purpose

ASKED: tuple[Purpose, ...] = ("offers", "care")
LONGEST_NAME = 100
STEPS = ("join", "name", "contact")
"""The questions of joining."""
PARTS = "--"  # between the parts of a payload: s_STORE--i_INVITE


def start(guest: Guest, payload: str = "") -> Answer:
    """/start, from a link or by itself. payload: a card's secret, `s_STORE`, `i_INVITE`, or both by --."""
    if payload:
        try:
            joined = guest.do(join_by_payload, PayloadJoin(chat_id=guest.chat_id, payload=payload))
        except Refused as refused:
            if refused.refusal.reason != "join-code-unknown":
                raise
        else:
            return welcome(guest) if joined.new else show(home.screen(guest))
    if guest.member_id is not None:
        return show(home.screen(guest))
    if not payload and desk.staff_here(guest) is not None:
        return show(desk.screen(guest))
    return ask_consent(guest, {"ask": "join", **origin(guest, payload)})


def origin(guest: Guest, payload: str) -> Dialogue:
    """The store and the friend that a payload names; what is unknown is left out."""
    found: Dialogue = {}
    for part in payload.split(PARTS):
        if part.startswith("s_") and part[2:]:
            found["store"] = part[2:62]
        elif part.startswith("i_") and _invites(guest, part[2:]):
            found["invite"] = part[2:]
    return found


def ask_consent(guest: Guest, dialogue: Dialogue) -> Answer:
    """Membership is asked for by itself; what may be sent is apart from it, and nothing is ticked beforehand."""
    say = guest.say
    club = words(guest.program.program.name, guest.language)
    text = say("join.welcome", club=club, name=guest.first_name)
    if "invite" in dialogue:
        text += "\n\n" + say("join.invited")
    ticks = tuple((_tick(guest, dialogue, each),) for each in ASKED)
    rows = (
        *ticks,
        (Button(say("join.yes"), "join:yes"),),
        (Button(say("join.have_card"), "join:card"),),
        (Button(say("join.no"), "join:no"),),
    )
    return show(Screen(text, rows), dialogue=dialogue)


def act(guest: Guest, step: str = "", value: str = "") -> Answer:
    """A press on one of the buttons of joining. Staff join from their desk: an older button does not make them members,
    and those who decline are back there."""
    told = guest.dialogue or {}
    over = step == "no" or (step and told.get("ask") not in STEPS)
    if over and guest.member_id is None and desk.staff_here(guest) is not None:
        return show(desk.screen(guest))
    dialogue = {**told, "ask": "join"}
    match step, value:
        case "offers" | "care", "on" | "off":
            return ask_consent(guest, {**dialogue, step: value == "on"})
        case "yes", "":
            return ask_name(guest, {**dialogue, "ask": "name"})
        case "name", "":
            return named(guest, guest.first_name)
        case "card", "":
            return ask_contact(guest, {**dialogue, "ask": "contact"})
        case "no", "":
            return show(Screen(guest.say("join.declined"), ((Button(guest.say("join.after_all"), "join"),),)))
        case "", "":
            return ask_consent(guest, dialogue)
    raise Forged(step)


def ask_name(guest: Guest, dialogue: Dialogue, key: str = "join.name_ask") -> Answer:
    own = ((Button(guest.first_name, "join:name"),),) if guest.first_name else ()
    return show(Screen(guest.say(key), own), dialogue=dialogue)


def named(guest: Guest, name: str) -> Answer:
    """The last answer: the card is made."""
    told = guest.dialogue or {}
    if not name.strip() or len(name) > LONGEST_NAME or "\n" in name.strip():
        return ask_name(guest, {**told, "ask": "name"}, "join.name_unreadable")
    form = EnrolForm(
        name=name,
        language=guest.language,
        store=told.get("store"),
        invite_code=told.get("invite"),
        consents=[each for each in ASKED if told.get(each)],
    )
    guest.do(join_new, NewJoin(chat_id=guest.chat_id, form=form))
    return welcome(guest)


def ask_contact(guest: Guest, dialogue: Dialogue) -> Answer:
    text = guest.say("join.contact_ask")
    return show(Screen(text, contact_button=guest.say("join.contact_button")), dialogue=dialogue)


def contact_shared(guest: Guest, phone: str, own: bool) -> Answer:
    """own: the contact is the sender's, as Telegram attests; nobody else's number opens a card."""
    if guest.member_id is not None:
        return show(Screen(guest.say("join.already"), closes_keyboard=True), home.screen(guest))
    if not own:
        text = guest.say("join.contact_foreign")
        return show(Screen(text, contact_button=guest.say("join.contact_button")), dialogue=guest.dialogue)
    try:
        guest.do(join_by_phone, PhoneJoin(chat_id=guest.chat_id, phone=phone))
    except Refused as refused:
        if refused.refusal.reason not in ("unknown-member", "phone-invalid"):
            raise
        told = {**(guest.dialogue or {}), "ask": "join"}
        asked = ask_consent(guest, told)
        return show(Screen(guest.say("join.contact_unknown"), closes_keyboard=True), *asked.screens, dialogue=told)
    closing = Screen(guest.say("join.found"), closes_keyboard=True)
    return show(closing, *welcome(guest).screens)


def welcome(guest: Guest) -> Answer:
    """The card, and all that it opens."""
    say = guest.say
    shown = card.screen(guest)
    text = say("join.done", name=guest.member.name)
    rows = (buttons.to(say, "offers", "points"), buttons.to(say, "settings", "home"))
    return show(Screen(f"{text}\n\n{shown.text}", rows, photo=shown.photo))


def _tick(guest: Guest, dialogue: dict[str, Any], purpose: str) -> Button:
    mark, state = ("☑", "off") if dialogue.get(purpose) else ("☐", "on")
    return Button(f"{mark} {guest.say(f'join.{purpose}')}", f"join:{purpose}:{state}")


def _invites(guest: Guest, code: str) -> bool:
    try:
        inviter(guest.session, code)
    except Refused:
        return False
    return True
