"""What a member has besides points, as a part of the tier's screen."""

from __future__ import annotations

from bot.guest import Guest
from bot.screens.coupons import percent
from core.insight.benefits import BenefitView, benefits_of
from core.program.schema import words
from core.rules.discounts import running


def part(guest: Guest, tier: str) -> str:
    """What the tier takes off at the till, what can be drawn there now, and what partners give; empty if nothing."""
    lines = [
        guest.say("benefits.discount", name=words(each.name, guest.language), percent=percent(each.tier_percents[tier]))
        for each in guest.program.discounts
        if tier in each.tier_percents
    ]
    lines += [
        guest.say("benefits.member_price", name=words(each.name, guest.language), price=guest.money(each.price))
        for each in running(guest.program, tier, guest.shop.now())
    ]
    lines += [_line(guest, each) for each in benefits_of(guest.shop, guest.session, guest.id)]
    return "\n".join([guest.say("benefits.title"), *lines]) if lines else ""


def _line(guest: Guest, benefit: BenefitView) -> str:
    """`Free parking: 12 hours left, 2 hours drawn today`, `Lakeside Hotel: Room upgrade. …`"""
    say, name = guest.say, words(benefit.name, guest.language)
    if benefit.unit is not None:
        left = say.counted(f"count.{benefit.unit}s", benefit.available)
        if not benefit.drawn:
            return say("benefits.left", name=name, left=left)
        drawn = say.counted(f"count.{benefit.unit}s", benefit.drawn)
        return say("benefits.left_and_drawn", name=name, left=left, drawn=drawn)
    if benefit.partner:
        name = say.plain("benefits.of_partner", partner=words(benefit.partner, guest.language), name=name)
    if not benefit.text:
        return say("benefits.told", name=name)
    return say("benefits.told_with_text", name=name, text=words(benefit.text, guest.language))
