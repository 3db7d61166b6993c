"""Gifts for rising to a tier: what the proven rises brought, against what the books say was given.

As with points, a gift is worked out anew from all that is known and only the difference is written. So it is given once
for each rise, in whatever order purchases arrive, and a rise that a refund disproves takes its gift back.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert, select
from sqlmodel import Session

from core.db import benefit_queries, ledger_queries
from core.db.benefits import benefit_movements
from core.db.programs import program_versions
from core.insight.tier import contribution
from core.rules.benefits import gifts_due
from core.rules.rises import rises
from core.rules.terms import business_day
from core.services.posting import Book
from core.shop import Shop, Version

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def settle_gifts(book: Book, at: datetime) -> None:
    """Bring the member's gifts in line with their rises up to `at`. Idempotent."""
    if not ever_given(book.shop, book.session):
        return
    programs = book.shop.programs(book.session)
    rows = ledger_queries.contributions(book.session, book.member_id, BEGINNING)
    due = gifts_due(programs, rises(programs, [contribution(row) for row in rows], at))
    posted = benefit_queries.gifts_of(book.session, book.member_id, book.member_id).get(book.member_id, {})
    version = book.shop.version_at(book.session, at)
    for given in [*posted, *(each for each in due if each not in posted)]:
        amount = due.get(given, 0) - posted.get(given, 0)
        if amount:
            _post(book, version, given, amount)


def ever_given(shop: Shop, session: Session) -> bool:
    """Whether any version of the program has gifts."""
    versions = session.execute(select(program_versions.c.id)).scalars()
    programs = (shop.version(session, version).program for version in versions.all())
    return any(benefit.gifts for program in programs for benefit in program.benefits)


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
    book.session.execute(insert(benefit_movements).values(values))
