"""What time does to an account: lots that are over lapse, tiers whose time has come are reviewed, years end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.rules.lots import lapsed
from core.rules.tiers import Contribution, Holding, holding, since
from core.rules.year_end import awaited
from core.services.books.dormancy import close_account, closes_at, empty_closed
from core.services.books.gifts import settle_gifts
from core.services.books.posting import Book, Draft
from core.services.books.year_end import await_year_end, end_year
from core.shop import Version


def settle(book: Book, at: datetime) -> None:
    """Bring the account to a moment. Idempotent."""
    if book.next_due_at is None or book.next_due_at > at:
        return
    while (moment := min(_awaited(book), default=at)) <= at and moment in _awaited(book):
        _lapse(book, moment)
        if moment == book.review_at:
            review_tier(book, moment)
            end_year(book, moment)
        else:
            close_account(book, moment)
            review_tier(book, moment, {"closed": moment.isoformat()})
    empty_closed(book)
    _lapse(book, at)
    moments = [lot.expires_at for lot in book.lots()] + _awaited(book)
    book.next_due_at = min(moments, default=None)


def _awaited(book: Book) -> list[datetime]:
    """When the tier is reviewed, and when the account closes, if nothing happens before."""
    return [each for each in (book.review_at, closes_at(book)) if each is not None]


def review_tier(book: Book, at: datetime, cause: dict[str, Any] | None = None) -> None:
    """Hold the account to the tier that the entries prove at `at`, or at the last moment judged if that is later (a
    till's clock may be ahead of ours)."""
    at = at if book.judged_until is None else max(at, book.judged_until)
    hold(book, book.records.version_at(at), holding_at(book, at), at, cause or {})
    if cause:
        settle_gifts(book, at)
    judged(book, at)


def judged(book: Book, at: datetime) -> None:
    """Nothing before `at` can be judged in order any more."""
    book.judged_until = at if book.judged_until is None else max(at, book.judged_until)


def hold(book: Book, version: Version, held: Holding, at: datetime, cause: dict[str, Any]) -> None:
    """Take over a tier and its term; a change of tier leaves a row with its reason."""
    if held.tier != book.tier:
        book.records.add_tier_change(_tier_change(book, version, held, at, cause))
        book.tier_since = at
        settle_gifts(book, at)
    book.tier, book.tier_until = held.tier, held.until
    book.review_at, book.period_until = held.review_at, held.period_until
    if held.review_at is not None:
        book.due(held.review_at)
    await_year_end(book, awaited(version.program, at))


def holding_at(book: Book, at: datetime) -> Holding:
    """The tier that the entries prove at `at`."""
    return holding(book.records.programs(), contributions(book, at), at)


def contributions(book: Book, at: datetime) -> list[Contribution]:
    """Everything that can bear on the tier at `at` or later, by the terms of whatever version it was met."""
    return book.records.contributions(book.member_id, since(book.records.all_programs(), at))


def _lapse(book: Book, at: datetime) -> None:
    for moment, takes in lapsed(book.lots(), at).items():
        points = sum(take.points for take in takes)
        version = book.records.version_at(moment).id
        explanation: dict[str, Any] = {
            "rule": "expiry",
            "version": version,
            "inputs": {"lots": [take.lot_id for take in takes]},
            "steps": [{"do": "lapse", "points": points, "at": moment.isoformat()}],
            "caps": [],
            "not_applied": [],
        }
        source = f"expiry:{moment.isoformat()}"
        draft = Draft("expiry", -points, "expiry", explanation, moment, source, version)
        book.debit(draft, takes)


def _tier_change(book: Book, version: Version, held: Holding, at: datetime, cause: dict[str, Any]) -> dict[str, Any]:
    return {
        "member_id": book.member_id,
        "from_tier": book.tier,
        "to_tier": held.tier,
        "effective_at": at,
        "recorded_at": book.now,
        "until": held.until,
        "actor": book.caller.actor,
        "program_version": version.id,
        "reason": {
            "do": "met" if version.program.rank(held.tier) > version.program.rank(book.tier) else "not_kept",
            "spend": held.spend,
            "points": held.points,
            "met_at": held.met_at.isoformat() if held.met_at else None,
            "ended": book.tier_until.isoformat() if book.tier_until else None,
            **cause,
        },
    }
