"""What a member wants to tell the shop: praise, an idea, a complaint."""

from __future__ import annotations

from bot.guest import Forged, Guest, number
from bot.screen import Answer, Button, Screen, show
from bot.screens import buttons
from core.services.activities.give_feedback import FeedbackIn, give_feedback
from core.services.activities.review_purchase import MOST_STARS, ReviewIn, review_purchase

KINDS = ("praise", "idea", "complaint")
LONGEST = 4000
UNHAPPY = 2
"""With so many stars or fewer something went wrong."""


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


def review(guest: Guest, purchase: str, stars: str) -> Answer:
    """One tap on the thanks for a purchase. Refused: unknown-purchase, also for somebody else's."""
    wish = {"member_id": guest.id, "purchase_id": number(purchase), "stars": number(stars)}
    given = guest.do(review_purchase, ReviewIn.model_validate(wish)).stars
    say, kind = guest.say, "praise" if given == MOST_STARS else "complaint" if given <= UNHAPPY else "idea"
    more = (Button(say("feedback.more"), f"tell:{kind}"),)
    said = say(f"feedback.reviewed_{kind}", stars="⭐" * given)
    return show(Screen(said, (more, buttons.home(say))))


def cancel(guest: Guest) -> tuple[Button, ...]:
    return (Button(guest.say("menu.cancel"), "home"),)
