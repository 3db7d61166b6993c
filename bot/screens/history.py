"""What a member bought, each purchase in detail, and the month's statement of points."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

from bot.guest import Forged, Guest, number
from bot.screen import Button, Screen
from bot.screens import buttons
from bot.screens.entries import line as entry_line
from bot.screens.entries import signed, whys
from bot.texts import Marked
from core.insight.purchases import LineView, PurchaseDetail, PurchaseView, history, purchase
from core.insight.statement import months, statement
from core.program.schema import words

PER_PAGE = 6
MONTHS = 12
KINDS = ("accrual", "bonus", "redemption", "expiry", "reversal", "adjustment")


def screen(guest: Guest, before: str = "") -> Screen:
    """Purchases in pages, newest first."""
    say = guest.say
    page = history(guest.session, guest.id, number(before) if before else None, PER_PAGE)
    if not page.items:
        return Screen(say("history.none"), (buttons.to(say, "card", "home"),))
    lines = [say("history.title"), *(_line(guest, each) for each in page.items)]
    opening = [Button(say.short_day(each.occurred_at, guest.zone), f"purchase:{each.id}") for each in page.items]
    older = (Button(say("menu.older"), f"history:{page.next}"),) if page.next else ()
    rows = (*buttons.in_rows(opening, 3), *((older,) if older else ()))
    return Screen("\n".join(lines), (*rows, (Button(say("history.statement"), "statement"), *buttons.home(say))))


def bought(guest: Guest, purchase_id: str) -> Screen:
    """What was bought by category, and every entry it led to. Refused: unknown-purchase, also for another's."""
    say = guest.say
    found = purchase(guest.session, guest.id, number(purchase_id))
    lines = [_line(guest, found), *_categories(guest, found)]
    if found.entries:
        lines += [
            "",
            say("points.latest"),
            *(entry_line(guest, place, each) for place, each in enumerate(found.entries)),
        ]
    return Screen("\n".join(lines), (*whys(found.entries, f"p{found.id}"), buttons.back(say, "history")))


def month(guest: Guest, wanted: str = "") -> Screen:
    """The statement of a month (YYYY-MM), by default of the latest with an entry."""
    say = guest.say
    if wanted and not re.fullmatch(r"\d{4}-\d{2}", wanted):
        raise Forged(wanted)
    known = months(guest.session, guest.program, guest.id)
    if not known:
        return Screen(say("history.statement_none"), (buttons.home(say),))
    chosen = wanted or known[0]
    rows = (*_months(guest, known, chosen), buttons.back(say, "history"))
    return Screen(_statement(guest, chosen), rows)


def _line(guest: Guest, each: PurchaseView) -> str:
    say = guest.say
    text = say(
        "history.purchase",
        day=say.day(each.occurred_at, guest.zone),
        total=guest.money(each.total),
        points=Marked(say.points(each.points)),
    )
    return text if not each.refunded else text + say("history.refunded", amount=guest.money(each.refunded))


def _categories(guest: Guest, found: PurchaseDetail) -> list[str]:
    """How much went where, the most first."""
    sums: Counter[str] = Counter()
    for line in found.lines:
        sums[_category(guest, line)] += line.quantity * line.unit_price
    return [guest.say("history.category", name=name, amount=guest.money(amount)) for name, amount in sums.most_common()]


def _category(guest: Guest, line: LineView) -> str:
    category = guest.program.category(line.category)
    return words(category.name, guest.language) if category else line.category


def _statement(guest: Guest, chosen: str) -> str:
    say = guest.say
    year, number_of_month = map(int, chosen.split("-"))
    found = statement(guest.shop, guest.session, guest.id, year, number_of_month)
    moved = {kind: getattr(found, kind) for kind in KINDS}
    shopping = Marked(say.counted("count.purchases", found.purchases))
    lines = [
        say("history.statement_title", month=say.month(date(year, number_of_month, 1))),
        say("history.opening", points=Marked(say.points(found.opening))),
        *(say(f"history.kinds.{kind}", points=signed(points)) for kind, points in moved.items() if points),
        say("history.closing", points=Marked(say.points(found.closing))),
        "",
        say("history.shopping", purchases=shopping, spend=guest.money(found.spend)),
    ]
    return "\n".join(lines)


def _months(guest: Guest, known: list[str], chosen: str) -> tuple[tuple[Button, ...], ...]:
    others = [each for each in known[:MONTHS] if each != chosen]
    return buttons.in_rows([Button(each, f"statement:{each}") for each in others], 4)
