"""Where a member stands: the tier, the way to the next, and what keeping this one takes."""

from __future__ import annotations

from bot.guest import Guest
from bot.screen import Screen
from bot.screens import benefits, buttons
from bot.texts import Marked
from core.insight.tier import Missing, Standing, standing
from core.program.schema import Tier, words

BLOCKS = 10


def screen(guest: Guest) -> Screen:
    stands = standing(guest.shop, guest.session, guest.id)
    parts = [_held(guest, stands), benefits.part(guest, stands.tier), _ahead(guest, stands), _kept(guest, stands)]
    more = ("points", "history", "goals") if guest.program.goals else ("points", "history")
    rows = (buttons.to(guest.say, *more), buttons.home(guest.say))
    return Screen("\n\n".join(part for part in parts if part), rows)


def _held(guest: Guest, stands: Standing) -> str:
    say, tier = guest.say, guest.program.tier(stands.tier)
    name = words(tier.name, guest.language)
    if stands.until is None:
        head = say("tier.held", tier=name)
    elif stands.term_until is not None and stands.term_until <= guest.shop.now():
        days = {"day": say.last_day(stands.until, guest.zone), "ended": say.last_day(stands.term_until, guest.zone)}
        head = say("tier.held_in_grace", tier=name, **days)
    elif stands.term_until is not None:
        head = say("tier.held_until", tier=name, day=say.last_day(stands.term_until, guest.zone))
    else:
        head = say("tier.held_until", tier=name, day=say.last_day(stands.until, guest.zone))
    return "\n".join([head, *_benefits(guest, tier)])


def _ahead(guest: Guest, stands: Standing) -> str:
    """The drawn way to the next tier and what it brings; at the top, a word of thanks."""
    say, ahead = guest.say, stands.next
    if ahead is None:
        return say("tier.highest")
    tier = guest.program.tier(ahead.tier)
    name = words(tier.name, guest.language)
    lines = [say("tier.next", tier=name)]
    if ahead.by is not None and ahead.spend == 0:
        lines += [bar(100), say("tier.reached", tier=name, day=say.day(ahead.by, guest.zone))]
    else:
        lines += [bar(_progress(stands, ahead)), _missing(guest, "tier.missing", ahead, tier=name)]
        lines += [say("tier.counts_until", day=say.last_day(ahead.by, guest.zone))] if ahead.by else []
    return "\n".join([*lines, say("tier.brings", tier=name), *_benefits(guest, tier)])


def _kept(guest: Guest, stands: Standing) -> str:
    """What must still come, and until when, to stay in this tier."""
    keep, say = stands.keep, guest.say
    if keep is None or keep.by is None:
        return ""
    name, day = words(guest.program.tier(stands.tier).name, guest.language), say.last_day(keep.by, guest.zone)
    if 0 not in (keep.spend, keep.points):
        return "\n".join([_missing(guest, "tier.keep", keep, tier=name, day=day), *_else(guest, stands)])
    if stands.falls_to is None:
        return say("tier.kept", tier=name)
    return "\n".join([say("tier.keep_any", tier=name, day=day), *_else(guest, stands)])


def _else(guest: Guest, stands: Standing) -> list[str]:
    """What follows if the tier is not kept, after the grace if there is one."""
    say = guest.say
    if stands.until is None or stands.falls_to is None:
        return []
    after = words(guest.program.tier(stands.falls_to).name, guest.language)
    if stands.term_until is not None and guest.shop.now() < stands.term_until:
        return [say("tier.else_grace", tier=after, day=say.last_day(stands.until, guest.zone))]
    return [say("tier.else", tier=after, day=say.day(stands.until, guest.zone))]


def _missing(guest: Guest, key: str, missing: Missing, **data: object) -> str:
    """By spending, by points, or by either, whichever the tier asks for."""
    say = guest.say
    if missing.spend is None:
        return say(f"{key}_points", points=Marked(say.points(missing.points or 0)), **data)
    spend = guest.money(missing.spend)
    if missing.points is None:
        return say(f"{key}_spend", spend=spend, **data)
    return say(f"{key}_either", spend=spend, points=Marked(say.points(missing.points)), **data)


def _benefits(guest: Guest, tier: Tier) -> list[str]:
    lines = tier.benefits.get(guest.language) or tier.benefits.get("en") or []
    return [guest.say("tier.benefit", text=line) for line in lines]


def _progress(stands: Standing, ahead: Missing) -> int:
    """How much of the way is done, in percent, by the measure that is further; at most 99 while anything is missing."""
    ways = ((stands.qualifying_spend, ahead.spend), (stands.qualifying_points, ahead.points))
    return min(max((done * 100 // (done + missing) for done, missing in ways if missing), default=0), 99)


def bar(percent: int) -> str:
    """`▰▰▰▱▱▱▱▱▱▱ 34 %`; a block is filled once it is fully reached."""
    full = percent * BLOCKS // 100
    return "▰" * full + "▱" * (BLOCKS - full) + f" {percent} %"
