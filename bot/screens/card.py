"""The membership card: shown at the till, read by its QR code or number."""

from __future__ import annotations

from bot.guest import Guest
from bot.pictures import card, spaced
from bot.screen import Screen
from bot.screens import buttons, closed
from core.program.schema import words


def screen(guest: Guest) -> Screen:
    say, member, program = guest.say, guest.member, guest.program
    if (gone := closed.screen(guest)) is not None:
        return gone
    tier = program.tier(member.tier)
    picture = card(
        club=words(program.program.name, guest.language),
        name=member.name,
        number=member.card_number,
        tier=words(tier.name, guest.language),
        colour=tier.colour,
    )
    text = say("card.text", name=member.name, number=spaced(member.card_number))
    return Screen(text, (buttons.to(say, "points", "coupons"), buttons.home(say)), photo=picture)
