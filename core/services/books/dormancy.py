"""Members who bought nothing for too long are closed: points lapse and the tier goes, by one entry that says so.

When it happens follows from the last purchase and the program in force. So a purchase that arrives late may show that a
member was not away for so long: that closing is undone by an entry of its own, and time goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlmodel import Session

from core.db import dormancy_queries as queries
from core.db.counters import take
from core.db.ledger import accounts
from core.db.members import members
from core.rules import dormancy
from core.rules.lots import Take
from core.rules.refusal import Refused
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.services.books.stored_records import StoredRecords
from core.shop import Shop

RULE = "dormancy"
REOPENED = "reopened"


def closes_at(book: Book) -> datetime | None:
    """When the account closes if nothing is bought; None: never, or it is closed, or somebody else has its points."""
    records = book.records
    if book.closed_at is not None or book.merged_into is not None:
        return None
    if not records.closes_members(records.version_at(book.now)):
        return None
    return dormancy.closes_at(records.line(), seen(book), records.known_at(book.member_id))


def seen(book: Book) -> datetime:
    """The last purchase, or what came later: joining, the card's being handed on, its being reopened."""
    records = book.records
    moments = (book.last_purchase_at, book.reopened_at, records.handed_on_at(book.member_id))
    return max([records.joined_at(book.member_id), *(each for each in moments if each is not None)])


def close_account(book: Book, at: datetime) -> None:
    """The member has stayed away until `at`. What counted for the tier does no more: the entry says so."""
    version = book.records.version_at(at)
    rule = version.program.dormancy
    inputs = {"since": seen(book).isoformat(), "months": rule.after_months if rule else None}
    _empty(book, at, inputs, {"do": "closed", "at": at.isoformat()}, closes=True)
    book.closed_at = at
    book.records.set_closed(book.member_id, book.closed_at, book.reopened_at)


def empty_closed(book: Book) -> None:
    """What has come back to a closed account lapses as well."""
    if book.closed_at is not None and book.lots():
        _empty(book, book.now, {"since": book.closed_at.isoformat()}, {"do": "closed_already"})


def _empty(book: Book, at: datetime, inputs: dict[str, Any], step: dict[str, Any], closes: bool = False) -> None:
    takes = [Take(lot.id, lot.remaining) for lot in book.lots()]
    points, version = sum(each.points for each in takes), book.records.version_at(at).id
    why = explanation(RULE, version, {**inputs, "lots": [each.lot_id for each in takes]}, {**step, "points": points})
    draft = Draft(
        "expiry",
        -points,
        RULE,
        why,
        at,
        f"{RULE}:{at.isoformat()}",
        version,
        qualifies_at=at if closes else None,
        qualifying_more={"closed": True} if closes else None,
    )
    book.debit(draft, takes)


def stay_open(book: Book, bought_at: datetime) -> None:
    """A purchase has arrived: undo every closing that it disproves. Refused: member-closed, and where it was before a
    closing that is left, purchase-before-closing."""
    if book.closed_at is None and book.reopened_at is None:
        return
    moment = dormancy.closes_at(book.records.line(), bought_at, book.records.known_at(book.member_id))
    later = [each for each in book.records.closings(book.member_id) if bought_at < each.effective_at]
    wrong = [each for each in later if moment is None or moment > each.effective_at]
    if book.closed_at not in [each.effective_at for each in wrong]:
        check_open(book)
    if len(wrong) < len(later):
        closed_at = later[0].effective_at.isoformat()
        raise Refused("purchase-before-closing", occurred_at=bought_at.isoformat(), closed_at=closed_at)
    for closing in wrong:
        _undo(book, closing, bought_at)


def check_open(book: Book) -> None:
    """Refused: member-closed."""
    if book.closed_at is not None:
        raise Refused("member-closed", id=book.member_id, since=book.closed_at.isoformat())


def check_member_open(shop: Shop, session: Session, member_id: int) -> None:
    """As check_open, for who needs no book; also where the account is due and nobody has closed it yet. Refused:
    member-closed."""
    now = shop.now()
    if not shop.closes_members(session, shop.version_at(session, now)):
        return
    account = queries.standing(session, member_id)
    since = account.closed_at
    if since is None and account.next_due_at is not None and account.next_due_at <= now:
        since = dormancy.closes_at(StoredRecords(shop, session).line(), account.last_seen, account.known_at)
    if since is not None and since <= now:
        raise Refused("member-closed", id=member_id, since=since.isoformat())


def _undo(book: Book, closing: Any, bought_at: datetime) -> None:
    """The entry counts from the closing's own moment: it never was."""
    lapse = _not_lapsed(book, closing, bought_at)
    draft = replace(lapse, qualifies_at=closing.effective_at, qualifying_more={"closed": True, "cancels": True})
    book.restore(draft, book.records.takes_of_lapse(closing.id))
    for later in _while_closed(book, closing):
        if takes := book.records.takes_of_lapse(later.id):
            book.restore(_not_lapsed(book, later, bought_at), takes)
    book.pay_debts()
    book.due(closing.effective_at)  # from then on time has to pass anew
    if closing.effective_at == book.closed_at:
        book.closed_at = None
        book.records.set_closed(book.member_id, None, book.reopened_at)


def _while_closed(book: Book, closing: Any) -> list[Any]:
    """The entries by which lapsed what had come back since, up to the next closing."""
    next_ones = [each.id for each in book.records.closings(book.member_id) if each.id > closing.id]
    lapses = book.records.lapses_while_closed(book.member_id)
    return [each for each in lapses if each.id > closing.id and all(each.id < other for other in next_ones)]


def _not_lapsed(book: Book, lapse: Any, bought_at: datetime) -> Draft:
    """What is still lapsed by that entry comes back."""
    takes, version = book.records.takes_of_lapse(lapse.id), lapse.program_version
    points = sum(each.points for each in takes)
    step = {"do": "not_dormant", "points": points, "at": bought_at.isoformat()}
    why = explanation(RULE, version, {"lots": [each.lot_id for each in takes]}, step)
    return Draft("reversal", points, RULE, why, lapse.effective_at, lapse.source, version, corrects_id=lapse.id)


def reopen(book: Book, reason: str) -> None:
    """Staff take the member in again: from now on purchases count, and the time without one runs anew. Points and tier
    stay lost. Refused: member-not-closed."""
    if book.closed_at is None:
        raise Refused("member-not-closed", id=book.member_id)
    version = book.records.version_at(book.now).id
    inputs = {"since": book.closed_at.isoformat(), "reason": reason}
    why = explanation(REOPENED, version, inputs, {"do": "reopened"})
    draft = Draft("adjustment", 0, REOPENED, why, book.now, f"{REOPENED}:{book.now.isoformat()}", version)
    book.credit(draft, book.now, book.now)
    book.closed_at = None
    _begin_anew(book)
    book.due(book.now)


def stand_alone(book: Book) -> None:
    """A card parts from one that kept it open: an open one counts the time without a purchase from now."""
    records = book.records
    if book.closed_at is None and records.closes_members(records.version_at(book.now)):
        _begin_anew(book)


def _begin_anew(book: Book) -> None:
    book.reopened_at = book.now
    book.records.set_closed(book.member_id, None, book.reopened_at)


def wake_for_dormancy(shop: Shop) -> None:
    """The first time that a program in force closes members, or does so on other terms: wake everybody when it first
    may."""
    with shop.reading() as (session, program):
        notice = dormancy.notice(StoredRecords(shop, session).line(), shop.now()) if program.dormancy else None
    if notice is None:
        return
    told, first, months = notice
    gone = select(members.c.id).where(or_(members.c.merged_into.is_not(None), members.c.closed_at.is_not(None)))
    theirs = (accounts.c.member_id.not_in(gone), or_(accounts.c.next_due_at.is_(None), accounts.c.next_due_at > first))
    with shop.write() as session:
        if take(session, f"{RULE}:{first.isoformat()}:{told.isoformat()}:{months}", 1):
            in_order = select(accounts.c.member_id).where(*theirs).order_by(accounts.c.member_id.desc())
            session.execute(in_order.with_for_update(key_share=True)).all()  # as lock_accounts has it
            session.execute(update(accounts).where(*theirs).values(next_due_at=first))
