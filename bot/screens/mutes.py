"""One tap on a message: no more of its kind. And back."""

from __future__ import annotations

from bot.guest import Guest, number
from bot.screen import Answer, Button, Screen, show
from core.insight.mutes import name_of_kind
from core.services.deliveries.mute import MuteWish, UnmuteWish
from core.services.deliveries.mute import mute as mute_kind
from core.services.deliveries.mute import unmute as unmute_kind


def mute(guest: Guest, delivery: str) -> Answer:
    """The kind of that message. Refused: unknown-message."""
    kind = guest.do(mute_kind, MuteWish(member_id=guest.id, delivery_id=number(delivery))).kind
    back = Button(guest.say("mutes.undo"), f"unmute:{kind}")
    settings = Button(guest.say("mutes.settings"), "allow")
    return show(Screen(guest.say("mutes.muted", kind=name(guest, kind)), ((back,), (settings,))))


def unmute(guest: Guest, noun: str, journey: str = "") -> Answer:
    kind = f"{noun}:{journey}" if journey else noun
    guest.do(unmute_kind, UnmuteWish(member_id=guest.id, kind=kind))
    settings = Button(guest.say("mutes.settings"), "allow")
    return show(Screen(guest.say("mutes.unmuted", kind=name(guest, kind)), ((settings,),)))


def name(guest: Guest, kind: str) -> str:
    """What members call a kind of messages."""
    return name_of_kind(guest.program, kind, guest.language) or guest.say(
        "mutes.campaign" if kind == "campaign" else "mutes.other"
    )
