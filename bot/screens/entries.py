"""Entries of the books as a list, each with a small button that explains it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.guest import Guest
from bot.screen import Button, Rows
from bot.screens import buttons
from core.insight.ledger import EntryLine
from core.words import entry_name

NUMERALS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
PER_ROW = 5


def line(guest: Guest, place: int, each: EntryLine) -> str:
    """`① +37  Points for shopping · 5 Mar 2026`; place counts from 0."""
    return guest.say(
        "points.entry",
        numeral=NUMERALS[place % len(NUMERALS)],
        points=signed(each.points),
        what=name(guest, each),
        day=guest.say.day(each.effective_at, guest.zone),
    )


def name(guest: Guest, each: EntryLine) -> str:
    """What the entry is for; looked up once for all entries of its kind."""
    steps = each.explanation.get("steps", [])
    key = (guest.version.id, guest.language, each.kind, each.rule, steps[-1]["do"] if steps else "")
    known = guest.desk.names.get(key)
    if known is None:
        known = guest.desk.names[key] = entry_name(guest.program, each, guest.language)
    return known


def whys(shown: Sequence[EntryLine], back: str = "") -> Rows:
    """One small button per entry. back: where the explanation leads back to, see points.why."""
    suffix = f":{back}" if back else ""
    pairs = zip(NUMERALS, shown, strict=False)
    return buttons.in_rows([Button(numeral, f"why:{each.id}{suffix}") for numeral, each in pairs], PER_ROW)


def signed(points: int) -> str:
    """`+1,234` or `−50`, with a real minus."""
    return f"{points:+,}".replace("-", "−")
