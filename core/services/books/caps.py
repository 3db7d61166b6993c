"""Caps on earning rules. What a purchase brings under a cap depends on the purchases before it in its day and month, so
when one of them changes, the others are held to the cap anew, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.program.schema import EarningRule, Program
from core.rules.caps import Earned, capped, capped_rules, day_of, month_of
from core.rules.reversal import worth
from core.services.books.grants import Posted, posted_of, recap
from core.services.books.posting import Book


def earned_before(book: Book, program: Program, at: datetime, external_id: str) -> Mapping[str, Earned]:
    """What each capped rule has brought by the purchases before that one, in its day and its month."""
    rules = [rule.id for rule in capped_rules(program)]
    if not rules:
        return {}
    zone = program.program.zone
    sums = [
        book.records.earned_between(book.member_id, rules, since, at, external_id)
        for since in (day_of(at, zone)[0], month_of(at, zone)[0])
    ]
    return {rule: Earned(sums[0].get(rule, 0), sums[1].get(rule, 0)) for rule in rules}


def hold_to_caps(book: Book, at: datetime, cause: dict[str, Any]) -> None:
    """Bring the capped grants of the calendar month of `at` in line. cause: what changed, for the explanation."""
    zone = book.records.version_at(at).program.program.zone
    by_day: dict[tuple[str, datetime], int] = {}
    by_month: dict[str, int] = {}
    for purchase in book.records.purchases_between(book.member_id, *month_of(at, zone)):
        version = book.records.version(purchase.program_version)
        rules = {rule.id: rule for rule in capped_rules(version.program)}
        day = day_of(purchase.occurred_at, zone)[0]
        for old in posted_of(book.records, purchase.id) if rules else []:
            if old.rule in rules and old.member_id == book.member_id:
                earned = Earned(by_day.get((old.rule, day), 0), by_month.get(old.rule, 0))
                due, hit = _due(book, rules[old.rule], purchase, old, earned)
                recap(book, version, purchase, old, due, hit, cause)
                by_day[old.rule, day] = earned.today + due
                by_month[old.rule] = earned.this_month + due


def _due(book: Book, rule: EarningRule, purchase: Any, old: Posted, earned: Earned) -> tuple[int, list[dict[str, Any]]]:
    lines, refunded = book.records.lines_of(purchase.id), book.records.refunded_of(purchase.id)
    return capped(rule, worth(old.steps, lines, refunded), earned)
