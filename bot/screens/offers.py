"""Offers for this member, each with its reason; one tap claims its coupon."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.guest import Guest
from bot.screen import Answer, Button, Screen, show
from bot.screens import buttons
from bot.screens.coupons import conditions
from core.insight.offers import OfferView, ranked
from core.program.schema import words
from core.services.activities.claim_offer import OfferClaim, claim_offer


def screen(guest: Guest) -> Screen:
    """As many as the member's style of being served bears, in the order that fits it."""
    say = guest.say
    views = ranked(guest.shop, guest.session, guest.id)
    if not views:
        return Screen(say("offers.none"), (buttons.to(say, "coupons", "rewards"), buttons.home(say)))
    text = "\n\n".join([say("offers.title"), *(_offer(guest, view) for view in views)])
    claims = tuple(
        (Button(say.plain("offers.claim", name=words(view.name, guest.language)), f"claim:{view.id}"),)
        for view in views
        if not view.claimed
    )
    return Screen(text, (*claims, buttons.to(say, "coupons", "home")))


def claim(guest: Guest, offer: str) -> Answer:
    """Refused: as claim_offer."""
    coupon = guest.do(claim_offer, OfferClaim(member_id=guest.id, offer=offer))
    name, until = words(coupon.name, guest.language), guest.say.last_day(coupon.valid_until, guest.zone)
    return show(screen(guest), toast=guest.say.plain("offers.claimed", name=name, day=until))


def _offer(guest: Guest, view: OfferView) -> str:
    say = guest.say
    key = "offers.yours" if view.claimed else "offers.offer"
    text = say(key, name=words(view.name, guest.language), text=words(view.text, guest.language))
    lines = [text, *(say("offers.reason", text=reason(guest, each)) for each in view.reasons)]
    if guest.member.style == "careful":
        lines += [say("offers.condition", text=each) for each in conditions(guest, view.coupon)]
    return "\n".join(lines)


def reason(guest: Guest, why: dict[str, Any]) -> str:
    """Why this offer is shown, as the member reads it."""
    say, code = guest.say, why["code"]
    facts: dict[str, Any] = {name: value for name, value in why.items() if name != "code"}
    if "category" in facts:
        category = guest.program.category(facts["category"])
        facts["category"] = words(category.name, guest.language) if category else facts["category"]
    if "tier" in facts:
        facts["tier"] = words(guest.program.tier(facts["tier"]).name, guest.language)
    if "until" in facts:
        facts["until"] = say.last_day(datetime.fromisoformat(facts["until"]), guest.zone)
    return say.plain(f"offers.reasons.{code}", **facts)
