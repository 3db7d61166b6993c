"""Stored value: what a member keeps with the shop, what of it lapses next, and why each movement is what it is."""

from __future__ import annotations

from bot.guest import Guest, number
from bot.screen import Button, Rows, Screen
from bot.screens import buttons
from bot.screens.entries import NUMERALS, PER_ROW
from core.insight.stored_value import Movement, StoredValue, movement, movements, stored_value
from core.words import explain_movement, judged_words, movement_name

PER_PAGE = 6


def screen(guest: Guest, before: str = "") -> Screen:
    """The balance and the newest movements; with `before`, the ones older than that."""
    say = guest.say
    held = stored_value(guest.shop, guest.session, guest.id)
    if guest.program.stored_value is None and not held.balance:
        return Screen(say("stored_value.not_kept"), (buttons.home(say),))
    found = movements(guest.session, guest.id, number(before) if before else None, PER_PAGE + 1)
    shown = found[:PER_PAGE]
    listed = [say("stored_value.latest"), *(_line(guest, place, each) for place, each in enumerate(shown))]
    parts = [_held(guest, held), "\n".join(listed) if shown else say("stored_value.none")]
    older = (Button(say("menu.older"), f"stored_value:{shown[-1].id}"),) if len(found) > PER_PAGE else ()
    whys: Rows = buttons.in_rows(
        [Button(NUMERALS[place], f"movement:{each.id}") for place, each in enumerate(shown)], PER_ROW
    )
    last = buttons.back(say, "stored_value") if before else buttons.home(say)
    return Screen("\n\n".join(parts), (*whys, *((older,) if older else ()), last))


def why(guest: Guest, entry_id: str) -> Screen:
    """A movement in words. Refused: unknown-entry, also for somebody else's."""
    say, found = guest.say, movement(guest.session, guest.id, number(entry_id))
    head = say(
        "stored_value.why", amount=_signed(guest, found.amount), what=_name(guest, found), day=_day(guest, found)
    )
    version = guest.shop.version(guest.session, found.explanation["version"])
    judged = judged_words(version.program, version.id, guest.language)
    reasons = [*explain_movement(version.program, found, guest.language), judged]
    lines = [say("points.because", text=each) for each in reasons]
    if found.expires_at is not None:
        lines.append("\n" + say("points.good_until", day=say.last_day(found.expires_at, guest.zone)))
    return Screen("\n".join([head, "", *lines]), (buttons.back(say, "stored_value"),))


def _held(guest: Guest, held: StoredValue) -> str:
    say = guest.say
    lines = [say("stored_value.balance", amount=guest.money(held.balance))]
    if held.bonus:
        lines.append(say("stored_value.bonus", amount=guest.money(held.bonus)))
    if held.lapsing:
        day = say.last_day(held.lapsing[0].expires_at, guest.zone)
        lines.append(say("stored_value.lapsing", amount=guest.money(held.lapsing[0].amount), day=day))
    return "\n".join(lines)


def _line(guest: Guest, place: int, each: Movement) -> str:
    """`① +$12.34  Topped up · 5 Mar 2026`"""
    facts = {"amount": _signed(guest, each.amount), "what": _name(guest, each), "day": _day(guest, each)}
    return guest.say("stored_value.entry", numeral=NUMERALS[place], **facts)


def _name(guest: Guest, each: Movement) -> str:
    return movement_name(guest.program, each, guest.language)


def _day(guest: Guest, each: Movement) -> str:
    return guest.say.day(each.effective_at, guest.zone)


def _signed(guest: Guest, amount: int) -> str:
    """With its sign, and a real minus."""
    sign = "−" if amount < 0 else "+" if amount else ""
    return sign + guest.money(abs(amount))
