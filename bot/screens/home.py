"""The first thing a member sees: who they are to us, and where to go from here."""

from __future__ import annotations

from bot.guest import Guest
from bot.screen import Rows, Screen
from bot.screens import buttons, closed
from bot.texts import Marked, Say
from core.insight.balance import balance
from core.insight.coupons import coupons
from core.program.schema import words


def screen(guest: Guest) -> Screen:
    say, member = guest.say, guest.member
    if (gone := closed.screen(guest)) is not None:
        return gone
    held = coupons(guest.shop, guest.session, guest.id)
    text = say(
        "home.text",
        club=words(guest.program.program.name, guest.language),
        name=member.name,
        points=Marked(say.points(balance(guest.shop, guest.session, guest.id).active)),
        tier=words(guest.program.tier(member.tier).name, guest.language),
        coupons=Marked(say.counted("count.coupons", len(held))),
    )
    return Screen(text, (*kept_and_drawn(guest), *menu(say)))


def kept_and_drawn(guest: Guest) -> Rows:
    """Buttons to stored value and to the prize draws, where the program has them."""
    has = {"stored_value": guest.program.stored_value is not None, "prize_draws": bool(guest.program.prize_draws)}
    return tuple(buttons.to(guest.say, name) for name, kept in has.items() if kept)


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
