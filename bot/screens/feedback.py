"""What a member wants to tell the shop: praise, an idea, a complaint."""

from __future__ import annotations

from bot.guest import Forged, Guest
from bot.screen import Answer, Button, Screen, show
from bot.screens import buttons
from core.services.give_feedback import FeedbackIn, give_feedback

KINDS = ("praise", "idea", "complaint")
LONGEST = 4000


def screen(guest: Guest) -> Screen:
    say = guest.say
    kinds = tuple(Button(say(f"feedback.kinds.{kind}"), f"tell:{kind}") for kind in KINDS)
    return Screen(say("feedback.which"), (kinds, buttons.home(say)))


def ask(guest: Guest, kind: str) -> Answer:
    if kind not in KINDS:
        raise Forged(kind)
    text = guest.say(f"feedback.ask_{kind}")
    return show(Screen(text, (cancel(guest),)), dialogue={"ask": "feedback", "kind": kind})


def told(guest: Guest, text: str) -> Answer:
    """The member's words go to the shop as they are."""
    kind = str((guest.dialogue or {}).get("kind", "idea"))
    if not text.strip() or len(text) > LONGEST:
        return show(Screen(guest.say("feedback.unreadable"), (cancel(guest),)), dialogue=guest.dialogue)
    guest.do(give_feedback, FeedbackIn.model_validate({"member_id": guest.id, "kind": kind, "text": text}))
    return show(Screen(guest.say(f"feedback.thanks_{kind}"), (buttons.home(guest.say),)))


def cancel(guest: Guest) -> tuple[Button, ...]:
    return (Button(guest.say("menu.cancel"), "home"),)
