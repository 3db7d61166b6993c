"""What a merged card's books still hold goes on to the card that was kept, by pairs of entries that name each other.

Nothing is rewritten. The books of a merged card stay the place where its own purchases, orders and years are corrected;
what is left over there afterwards (points in lots, debts, what counts towards the tier) is carried on, lot by lot, in
the same transaction. Undoing a merge carries back what is still there (core/services/members/unmerge_members.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.db import merge_queries as queries
from core.insight.tier import contribution
from core.rules.contributions import Moment, lives, moments
from core.rules.expiry import NEVER, Idle
from core.rules.lots import Take
from core.services.books.explanations import explanation
from core.services.books.goals import mend_goals
from core.services.books.grants import forgive
from core.services.books.posting import Book, Draft
from core.services.books.settling import review_tier
from core.services.books.stored_records import StoredRecords
from core.services.books.year_end import mend_years

CARD_DIGITS = 4
MERGED = "merged"


@dataclass(frozen=True)
class Link:
    """A merge as its entries name it. card: the last digits of the merged one, the other way round kept."""

    merge_id: int
    version: int
    card: str
    kept: str

    @property
    def source(self) -> str:
        return f"merge:{self.merge_id}"

    def draft(self, book: Book, points: int, do: str, corrects: int | None = None) -> Draft:
        inputs = {"merge": self.merge_id, "card": self.card, "kept": self.kept}
        why = explanation(MERGED, self.version, inputs, {"do": do, "points": abs(points)})
        return Draft("adjustment", points, MERGED, why, book.now, self.source, self.version, corrects_id=corrects)


def link_of(session: Session, member_id: int, version: int) -> Link:
    """Of the merge that the member's card was merged by and that is in force. version: the program's now."""
    merge = queries.merge_of(session, member_id)
    kept = queries.card_number(session, merge.keep_id)
    return Link(merge.id, version, merge.card[-CARD_DIGITS:], kept[-CARD_DIGITS:])


def link_from(book: Book) -> Link:
    """As link_of, by the time of an open account."""
    return link_of(session_of(book), book.member_id, book.records.version_at(book.now).id)


def joined_to(book: Book) -> int:
    """The member that a merged card's books go on in: whom it was merged into, who may have been merged since."""
    return int(queries.merge_of(session_of(book), book.member_id).keep_id)


def session_of(book: Book) -> Session:
    """Merges are in the database alone."""
    assert isinstance(book.records, StoredRecords)
    return book.records.session


def carry(source: Book, target: Book) -> None:
    """Bring the account that a card was merged into up to date with what is left on it. Idempotent."""
    link = link_from(source)
    _carry_lots(source, target, link)
    _carry_debts(source, target, link)
    changed = _carry_history(source, target, link)
    if changed:
        review_tier(target, target.now, {"merged": link.card})
        mend_years(target, min(changed))
        mend_goals(target)
    source.next_due_at = None  # time passes on the kept one


def _carry_lots(source: Book, target: Book, link: Link) -> None:
    session = session_of(source)
    for lot in list(source.lots()):
        earned_by = queries.entry_of_lot(session, lot.id)
        leaving = link.draft(source, -lot.remaining, "joined_to", earned_by)
        out = source.debit(leaving, [Take(lot.id, lot.remaining)])
        idle = queries.idle_terms(session, lot.id)
        lapse = lot.expires_at if idle.idle_version is None else Idle(idle.idle_until, idle.idle_version)
        target.credit(link.draft(target, lot.remaining, "joined_from", out.id), lot.activates_at, lapse)


def _carry_debts(source: Book, target: Book, link: Link) -> None:
    """Owed for points that have moved, a debt takes those first."""
    session = session_of(source)
    fresh = {entry.id for entry in source.written}
    for debt in source.records.unpaid_debts(source.member_id) if source.debt else []:
        out = source.credit(link.draft(source, debt.owed, "debt_to", debt.entry_id), source.now, NEVER)
        debtor, corrected = origin(session, debt.entry_id)
        own = queries.successor(session, corrected, link.source) if corrected is not None else None
        owed = target.debt
        draft = link.draft(target, -debt.owed, "debt_from", out.id)
        target.take_back(draft, own)
        version = source.records.version(debtor.program_version)
        lets_off = version.program.earning.refund_policy == "within_balance" and target.merged_into is None
        if debt.entry_id in fresh and lets_off and target.debt > owed:
            forgive(target, version, draft, target.debt - owed)


def origin(session: Session, debt: int) -> tuple[Any, int | None]:
    """The entry that first caused a debt, perhaps on a card whose debts were carried here; and the entry whose lot it
    takes first, where those points are on the debt's own account."""
    entry = queries.entry_by_id(session, debt)
    if entry.corrects_id is None or entry.rule != MERGED:
        return entry, entry.corrects_id
    paid = queries.entry_by_id(session, entry.corrects_id)
    debtor, corrected = origin(session, paid.corrects_id)
    if corrected is None or paid.member_id == entry.member_id:  # owed here again since a merge was undone
        return debtor, corrected
    return debtor, queries.successor(session, corrected, entry.source)


def _carry_history(source: Book, target: Book, link: Link) -> list[datetime]:
    """Bring what the kept account counts for the tier in line with the merged one; the moments that changed."""
    session = session_of(source)
    own = _moments(queries.history(session, source.member_id))
    there = _moments(queries.history(session, target.member_id, link.source))
    changed = [at for at in sorted(own) if at not in there or _said(own[at]) != _said(there[at])]
    for at in changed:
        _carry_moment(target, link, own[at], there.get(at))
    return changed


def _said(moment: Moment) -> tuple[Any, ...]:
    more = {measure: amount for measure, amount in moment.more.items() if amount}
    return moment.spend, moment.points, more, moment.invited_to, moment.invited_until


def unlike(session: Session, source_id: int, target_id: int, source: str) -> list[datetime]:
    """The moments at which the kept member's books do not say what the merged one's do, for the audit."""
    own, there = _moments(queries.history(session, source_id)), _moments(queries.history(session, target_id, source))
    return [
        at for at in sorted({*own, *there}) if at not in own or at not in there or _said(own[at]) != _said(there[at])
    ]


def _moments(rows: Any) -> dict[datetime, Moment]:
    return {each.at: each for each in moments(lives([contribution(row) for row in rows], NEVER)[-1], NEVER)}


def _carry_moment(target: Book, link: Link, own: Moment, there: Moment | None) -> None:
    known = there or Moment(own.at, 0, 0, {}, None)
    measures = {each: own.more.get(each, 0) - known.more.get(each, 0) for each in {*own.more, *known.more}}
    more: dict[str, Any] = {"carried": True, "measures": {each: amount for each, amount in measures.items() if amount}}
    if own.invited_to != known.invited_to or own.invited_until != known.invited_until:
        more["invited_to"] = own.invited_to
        more["invited_until"] = own.invited_until.isoformat() if own.invited_until else None
    why = explanation("carried", link.version, {"merge": link.merge_id, "card": link.card}, {"do": "carried"})
    draft = Draft(
        "adjustment",
        0,
        "carried",
        why,
        target.now,
        link.source,
        link.version,
        qualifies_at=own.at,
        qualifying_spend=own.spend - known.spend,
        qualifying_points=own.points - known.points,
        qualifying_more=more,
    )
    target.credit(draft, target.now, target.now)
