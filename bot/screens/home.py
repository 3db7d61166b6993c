"""The first thing a member sees: who they are to us, and where to go from here."""

from __future__ import annotations

from bot.guest import Guest
from bot.screen import Rows, Screen
from bot.screens import buttons
from bot.texts import Marked, Say
from core.insight.balance import balance
from core.insight.coupons import coupons
from core.program.schema import words


def screen(guest: Guest) -> Screen:
    say, member = guest.say, guest.member
    held = coupons(guest.shop, guest.session, guest.id)
    text = say(
        "home.text",
        club=words(guest.program.program.name, guest.language),
        name=member.name,
        points=Marked(say.points(balance(guest.shop, guest.session, guest.id).active)),
        tier=words(guest.program.tier(member.tier).name, guest.language),
        coupons=Marked(say.counted("count.coupons", len(held))),
    )
    return Screen(text, (*draws_to(guest), *menu(say)))


def draws_to(guest: Guest) -> Rows:
    """A button to the prize draws, where the program has any."""
    return (buttons.to(guest.say, "prize_draws"),) if guest.program.prize_draws else ()


def menu(say: Say) -> Rows:
    rows = (
        ("points", "tier"),
        ("coupons", "offers"),
        ("rewards", "card"),
        ("check_in", "history"),
        ("invite", "settings"),
        ("feedback",),
    )
    return tuple(buttons.to(say, *row) for row in rows)


def help_screen(guest: Guest) -> Screen:
    return Screen(guest.say("home.help"), menu(guest.say))


def not_understood(guest: Guest) -> Screen:
    return Screen(guest.say("home.not_understood"), menu(guest.say))
