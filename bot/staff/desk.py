"""The desk of whoever works from this chat: what the role may do, and how a chat becomes somebody's."""

from __future__ import annotations

from bot.guest import Forged, Guest
from bot.screen import Answer, Button, Screen, show
from bot.texts import LANGUAGES
from bot.texts import say as speaks
from core.insight.staff import StaffView, gifts_awaiting, staff_in_chat
from core.rules.refusal import Refused
from core.rules.staff import Role, may
from core.services.chats.choose_language import LanguageChoice, choose_language
from core.services.staff.joining import StaffJoin, link_staff


def staff_here(guest: Guest) -> StaffView | None:
    """Who works from this chat."""
    return staff_in_chat(guest.session, guest.chat_id)


def on_duty(guest: Guest, needed: Role = "till") -> StaffView:
    """Whose chat it is. Refused: not-staff, staff-role."""
    found = staff_here(guest)
    if found is None:
        raise Refused("not-staff")
    if not may(found.role, needed):
        raise Refused("staff-role", role=found.role, needed=needed)
    return found


def screen(guest: Guest) -> Screen:
    """What this role may do here; who is no member, and has no settings, may change the language or become one."""
    say, who = guest.say, on_duty(guest)
    rows = [(Button(say("staff.find"), "s_find"),)]
    if may(who.role, "staff"):
        rows.append((Button(say("broadcast.list"), "s_casts"),))
    if may(who.role, "admin"):
        waiting = len(gifts_awaiting(guest.session, guest.shop.now(), but=who.id))
        rows.append((Button(say("staff.gifts", count=waiting), "s_gifts"),))
    if guest.member_id is None:
        for each in LANGUAGES:
            if each != say.language:
                rows.append((Button(f"🌐 {speaks(each)('settings.language_name')}", f"s_language:{each}"),))
        rows.append((Button(say("staff.join"), "join"),))
    text = say("staff.text", name=who.name, role=say(f"staff.roles.{who.role}"))
    return Screen(text, tuple(rows))


def language(guest: Guest, wanted: str) -> Screen:
    """From this very answer on the bot speaks it. Refused: unknown-chat (members have settings)."""
    on_duty(guest)
    if wanted not in LANGUAGES:
        raise Forged(wanted)
    guest.do(choose_language, LanguageChoice.model_validate({"chat_id": guest.chat_id, "language": wanted}))
    guest.say = speaks(wanted)
    return screen(guest)


def link(guest: Guest, payload: str) -> Answer:
    """Refused: staff-link-unknown, chat-of-other-staff."""
    guest.do(link_staff, StaffJoin(chat_id=guest.chat_id, payload=payload))
    return show(screen(guest))


def back(guest: Guest) -> tuple[Button, ...]:
    return (Button(guest.say("staff.desk"), "staff"),)
