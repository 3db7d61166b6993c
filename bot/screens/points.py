"""Points: what can be spent, what is on its way, what lapses next, and why each entry is what it is."""

from __future__ import annotations

from collections.abc import Sequence

from bot.guest import Guest, number
from bot.screen import Button, Screen
from bot.screens import buttons
from bot.screens.entries import line, name, signed, whys
from bot.texts import Marked
from core.insight.balance import Balance, balance
from core.insight.entry_detail import entry_detail
from core.insight.ledger import EntryLine, entries, latest
from core.words import detail_words, explain, judged_words

LATEST = 5
PER_PAGE = 8


def screen(guest: Guest) -> Screen:
    say = guest.say
    held = balance(guest.shop, guest.session, guest.id)
    newest = latest(guest.session, guest.id, LATEST)
    parts = [_held(guest, held)]
    if held.expiring:
        soonest = held.expiring[0]
        day = say.last_day(soonest.expires_at, guest.zone)
        key = "points.expiring_idle" if soonest.idle else "points.expiring"
        parts.append(say(key, points=Marked(say.points(soonest.points)), day=day))
    parts.append(_list(guest, newest) if newest else say("points.none"))
    more = (Button(say("points.more"), "entries"),) if newest else ()
    return Screen("\n\n".join(parts), (*whys(newest, ""), (*more, *buttons.to(say, "rewards")), buttons.home(say)))


def all_entries(guest: Guest, before: str = "") -> Screen:
    """Every entry, newest first, in pages."""
    say = guest.say
    page = entries(guest.session, guest.id, number(before) if before else None, PER_PAGE)
    onwards = (Button(say("menu.older"), f"entries:{page.next}"),) if page.next else ()
    rows = (*whys(page.items, before or "0"), *((onwards,) if onwards else ()), buttons.back(say, "points"))
    return Screen(_list(guest, page.items), rows)


def why(guest: Guest, entry_id: str, back: str = "") -> Screen:
    """An entry in words. back: `p7` for the purchase it came from, a page of all entries, or the points screen.

    Refused: unknown-entry, also for somebody else's.
    """
    say, found = guest.say, entry_detail(guest.shop, guest.session, guest.id, number(entry_id))
    version, language = guest.shop.version(guest.session, found.version), guest.language
    head = say(
        "points.why",
        points=signed(found.points),
        what=name(guest, found),
        day=say.day(found.effective_at, guest.zone),
    )
    reasons = [*explain(version.program, found, language), *detail_words(version.program, found, language)]
    judged = judged_words(version.program, version.id, language)
    lines = [say("points.because", text=each) for each in (*reasons, judged)]
    if found.expires_at is not None:
        lines.append("\n" + say("points.good_until", day=say.last_day(found.expires_at, guest.zone)))
    return Screen("\n".join([head, "", *lines]), (buttons.back(say, _back(back)),))


def _back(back: str) -> str:
    if back.startswith("p"):
        return f"purchase:{number(back[1:])}"
    if back in ("", "0"):
        return "points" if not back else "entries"
    return f"entries:{number(back)}"


def _held(guest: Guest, held: Balance) -> str:
    say = guest.say
    lines = [say("points.active", points=Marked(say.points(held.active)))]
    if held.pending:
        lines.append(say("points.pending", points=Marked(say.points(held.pending))))
    if held.debt:
        lines.append(say("points.debt", points=Marked(say.points(held.debt))))
    return "\n".join(lines)


def _list(guest: Guest, shown: Sequence[EntryLine]) -> str:
    lines = [line(guest, place, each) for place, each in enumerate(shown)]
    return "\n".join([guest.say("points.latest"), *lines])
