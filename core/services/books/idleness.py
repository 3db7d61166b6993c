"""Points that lapse by inactivity: whatever the member does moves their end on, however late it is told.

When a lot lapses follows from when its points came and from what the member did since. So a purchase that arrives late
may show that points had not lapsed when it was thought they had: that lapse is undone by an entry of its own, and time
goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.rules.expiry import Activity, moved_on
from core.rules.lots import Take
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.shop import Version

RULE = "expiry"


def stay_active(book: Book, version: Version, did: Activity, source: str) -> None:
    """The member did something. version: in force then; source: what it was.

    Points that had not lapsed by then lapse later, and those that are said to have lapsed since are there again.
    """
    if not book.records.lapses_by_inactivity(version):
        return
    known = book.records.idle_ends(book.member_id, did.at)
    later = [did, *book.records.activities(book.member_id, did.at)] if known else []
    for end, number in ((each.expires_at, each.idle_version) for each in known):
        until = moved_on(book.records.version(number).program, end, later)
        if until > end:
            lapsed = book.records.empty_idle_lots(book.member_id, number, end) if end <= book.now else []
            book.move_idle_lots(number, end, until)
            _undo_lapses(book, version, lapsed, did.at, source)
    if book.debt:
        book.pay_debts()  # also from points that were there, over until now


def _undo_lapses(book: Book, version: Version, lot_ids: Sequence[int], at: datetime, source: str) -> None:
    """What had lapsed of these lots is in them again, unless a closing took it: one entry for each that took it."""
    lapsed: dict[int, list[Take]] = {}
    for lot_id in lot_ids:
        for lapse in book.records.lapses_of_lot(lot_id):
            if lapse.rule == RULE:
                lapsed.setdefault(lapse.entry_id, []).append(Take(lot_id, lapse.points))
    for entry_id, takes in sorted(lapsed.items()):
        points = sum(take.points for take in takes)
        step = {"do": "still_active", "points": points, "at": at.isoformat()}
        why = explanation(RULE, version.id, {"lots": [take.lot_id for take in takes]}, step)
        draft = Draft("reversal", points, RULE, why, book.now, source, version.id, corrects_id=entry_id)
        book.restore(draft, takes)
