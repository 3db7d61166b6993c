"""Terms of points that contradict themselves, or that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator

from core.program.faults import Finding, step
from core.program.find import Data, find
from core.program.mending import show

_TERMS = {
    "expires_months": ("months", "fixed_date", "inactivity"),
    "active_by": ("inactivity",),
    "expires_years": ("year_end",),
    "expires_on": ("fixed_date",),
}
LONGEST_MONTH = 31
LONGEST_YEAR = 366


def _terms(data: Data) -> Iterator[Finding]:
    earning = step(data, "earning")
    expires = step(earning, "expires") or "months"
    for key, needed in _TERMS.items():
        if isinstance(earning, dict) and key in earning and expires not in needed:
            message = f"{key} does nothing where expires is {show(expires)}"
            yield Finding(("earning", key), message, f"remove it, or write expires = {show(needed[0])}")
    if expires == "fixed_date" and "expires_on" not in earning:
        yield Finding(("earning", "expires"), "nothing says on which date", 'add expires_on = "06-30"')
    if expires == "period" and step(step(data, "tiering"), "kind") in (None, "rolling", "years"):
        message = "only cards have a period"
        yield Finding(("earning", "expires"), message, 'write expires = "year_end", or kind = "cards" under [tiering]')


def _activities(data: Data) -> Iterator[Finding]:
    for path, active_by in find(data, "earning.active_by"):
        for place, each in enumerate(active_by if isinstance(active_by, list) else ()):
            if each in active_by[:place]:
                yield Finding((*path, place), f"{show(each)} is there twice", "keep it once")
            elif each == "reward" and not data.get("rewards"):
                yield Finding((*path, place), "there is no reward to take", "remove it, or add [[rewards]]")


def _never_spendable(data: Data) -> Iterator[Finding]:
    earning = step(data, "earning")
    pending, months = step(earning, "pending_days"), step(earning, "expires_months") or 12
    lapses = isinstance(earning, dict) and earning.get("expires", "months") in ("months", "inactivity")
    if lapses and isinstance(pending, int) and isinstance(months, int) and pending > LONGEST_MONTH * months:
        message = f"after {pending} days points have lapsed already"
        yield Finding(("earning", "pending_days"), message, "lower it, or raise expires_months")
    this_year = step(earning, "expires") == "year_end" and step(earning, "expires_years") == 0
    if this_year and isinstance(pending, int) and pending >= LONGEST_YEAR - 1:
        message = f"after {pending} days the year's points have lapsed already"
        yield Finding(("earning", "pending_days"), message, "lower it, or raise expires_years")


def _deliveries(data: Data) -> Iterator[Finding]:
    earning = step(data, "earning")
    if not isinstance(earning, dict) or "delivered_after_days" not in earning:
        return
    days, pending = earning["delivered_after_days"], earning.get("pending_days", 0)
    if not earning.get("until_delivered"):
        message = "nothing waits for a delivery"
        yield Finding(("earning", "delivered_after_days"), message, 'remove it, or add until_delivered = ["web"]')
    elif isinstance(days, int) and isinstance(pending, int) and days < pending:
        message = f"points wait {pending} days after a delivery already"
        yield Finding(("earning", "delivered_after_days"), message, f"write {pending} or more, or lower pending_days")


def _member_days(data: Data) -> Iterator[Finding]:
    for path, rates in find(data, "earning.rules.*.day_rates"):
        seen: set[int] = set()
        for place, day in find({"rates": rates}, "rates.*.days.*"):
            if isinstance(day, int) and day in seen:
                yield Finding((*path, *place[1:]), f"day {day} is there twice", "keep it in one place")
            seen.add(day if isinstance(day, int) else 0)


def _first_purchases(data: Data) -> Iterator[Finding]:
    for path, when in find(data, "earning.rules.*.when"):
        if step(when, "first_purchase") is True and step(when, "except_first_purchase") is True:
            message = "no purchase is a first one and none"
            yield Finding((*path, "except_first_purchase"), message, "keep one of the two")


EARNING_CHECKS = (_terms, _activities, _never_spendable, _deliveries, _member_days, _first_purchases)
