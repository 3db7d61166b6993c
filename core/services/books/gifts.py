"""Gifts for rising to a tier: what the proven rises brought, against what the books say was given.

As with points, a gift is worked out anew from all that is known and only the difference is written. So it is given once
for each rise, in whatever order purchases arrive, and a rise that a refund disproves takes its gift back.
"""

from __future__ import annotations

from datetime import UTC, datetime

from core.rules.benefits import gifts_due
from core.rules.rises import rises
from core.rules.terms import business_day
from core.services.books.posting import Book
from core.services.books.records import Records
from core.shop import Version

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def settle_gifts(book: Book, at: datetime) -> None:
    """Bring the member's gifts in line with their rises up to `at`. Idempotent."""
    if not ever_given(book.records):
        return
    programs = book.records.programs()
    due = gifts_due(programs, rises(programs, book.records.contributions(book.member_id, BEGINNING), at))
    posted = book.records.gifts_of(book.member_id)
    version = book.records.version_at(at)
    for given in [*posted, *(each for each in due if each not in posted)]:
        amount = due.get(given, 0) - posted.get(given, 0)
        if amount:
            _post(book, version, given, amount)


def ever_given(records: Records) -> bool:
    """Whether any version of the program has gifts."""
    return any(benefit.gifts for program in records.all_programs() for benefit in program.benefits)


def _post(book: Book, version: Version, given: tuple[str, str], amount: int) -> None:
    benefit, tier = given
    values = {
        "member_id": book.member_id,
        "benefit": benefit,
        "kind": "gift",
        "daily": 0,
        "gift": amount,
        "tier": tier,
        "day": business_day(book.now, version.program.program.zone),
        "at": book.now,
        "actor": book.caller.actor,
        "idempotency_key": book.caller.key,
        "program_version": version.id,
    }
    book.records.add_benefit_movement(values)
