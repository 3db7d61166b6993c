"""A merge was a mistake: the two part again, as far as what has happened since allows."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import update
from sqlmodel import Session

from core.db import coupon_queries
from core.db import merge_queries as queries
from core.db.audit_log import note
from core.db.chats import chats
from core.db.fact_queries import note_stale
from core.db.members import members
from core.db.merges import member_merges
from core.rules.lots import Take
from core.rules.refusal import Refused
from core.services.books.books import Books
from core.services.books.dormancy import stand_alone
from core.services.books.explanations import explanation
from core.services.books.goals import mend_goals
from core.services.books.posting import Book, Draft
from core.services.books.settling import review_tier, settle
from core.services.books.stored_records import StoredRecords
from core.services.common import EntryOut, Result, Wish
from core.services.members.carrying import Link, link_from, origin, session_of
from core.services.members.merge_members import PURPOSES, Reason, keep_consents
from core.services.members.traits import note_traits
from core.services.once import Caller, once
from core.services.stored_value.joined_purses import part_purses
from core.shop import Shop


class Unmerge(Wish):
    merge_id: Annotated[int, Field(ge=1, le=2**53 - 1)]
    reason: Reason


class Stayed(Result):
    """Points that came with the merged member and cannot go back. why: the kind of the entry that has used them:
    redemption, expiry, reversal, adjustment."""

    why: str
    points: int


class Parted(Result):
    """returned: points that went back. stayed: those that were used since; stored_value_*: so for money, in minor
    units. coupons: codes of the merged card's that were used since. keep_*, other_*: where the two stand now."""

    id: int
    keep_id: int
    other_id: int
    returned: int
    stayed: list[Stayed]
    stored_value_returned: int
    stored_value_stayed: int
    coupons: list[str]
    keep_balance: int
    keep_tier: str
    other_balance: int
    other_tier: str
    entries: list[EntryOut]


def unmerge_members(shop: Shop, caller: Caller, wish: Unmerge) -> Parted:
    """What came with the merge and is still there goes back to its own lots; entries since then, purchases with either
    card among them, stay with the member who was kept.

    Cards that had been merged into the other before are the other's again.

    Refused: unknown-merge, merge-undone-already, merge-under-another (the kept one was merged into a third: that is to
    be undone first), merge-closed (the member was forgotten or handed the card on).
    """

    def work(session: Session) -> Parted:
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            keep, other, merge = _both(session, books, wish)
            link = link_from(other)
            _give_debts_back(session, keep, link)
            _unpay(session, keep, link)
            stayed, returned = _give_lots_back(session, keep, other, link)
            keep.pay_debts()
            _owe_again(session, other, link)
            money = part_purses(shop, session, caller, link, (other.member_id, keep.member_id))
            _cancel_history(session, keep, link)
            _part_persons(session, keep, other, merge, wish.reason)
            used = _coupons_back(session, keep, other, merge)
            _stand_alone(keep, other, link)
            detail = {"merge": merge.id, "other": other.member_id, "reason": wish.reason}
            note(session, keep.now, caller.actor, "unmerge_members", f"member:{keep.member_id}", detail)
        return Parted(
            id=merge.id,
            keep_id=keep.member_id,
            other_id=other.member_id,
            returned=returned,
            stayed=stayed,
            stored_value_returned=money[0],
            stored_value_stayed=money[1],
            coupons=used,
            keep_balance=keep.balance,
            keep_tier=keep.tier,
            other_balance=other.balance,
            other_tier=other.tier,
            entries=[entry for book in (keep, other) for entry in book.written if entry.source == link.source],
        )

    return once(shop, caller, wish, Parted, work)


def _both(session: Session, books: Books, wish: Unmerge) -> tuple[Book, Book, Any]:
    merge = queries.merge_by_id(session, wish.merge_id)
    if merge is None:
        raise Refused("unknown-merge", id=wish.merge_id)
    pair = (merge.other_id, merge.keep_id)
    locked = (*queries.cards_of(session, merge.other_id), *pair)  # in the order in which everybody locks them
    rows = {each: books.records.account(each) for each in locked}
    merge = queries.merge_by_id(session, wish.merge_id)  # again, now that both are locked
    assert merge is not None
    if merge.undone_at is not None:
        raise Refused("merge-undone-already", id=merge.id, at=merge.undone_at.isoformat())
    if later := queries.next_merge(session, merge.keep_id):
        raise Refused("merge-under-another", id=merge.id, first=later.id)
    if rows[merge.keep_id].forgotten_at is not None or queries.handed_on_since(session, merge.keep_id, merge.at):
        raise Refused("merge-closed", id=merge.id)
    opened = {each: books.of_record(each) for each in pair}
    return opened[merge.keep_id], opened[merge.other_id], merge


def _give_debts_back(session: Session, keep: Book, link: Link) -> None:
    """What was taken for the other's debts returns to its lots; what is still owed for them is let go."""
    for debt in queries.moved_debts(session, link.source):
        takes, owed = _covering(session, keep, debt.entry_id, -debt.points)
        if taken := sum(take.points for take in takes):
            keep.restore(_back(keep, link, taken, debt.entry_id), takes)
        if owed:
            keep.credit(link.draft(keep, owed, "debt_parted", debt.entry_id), keep.now, keep.now)


def _covering(session: Session, keep: Book, debt: int, points: int) -> tuple[list[Take], int]:
    """What has paid a debt, and what is owed of it still; also where it went on to a third member and came back."""
    takes, owed = [], points
    for take in keep.records.takes_of_entry(debt):
        owed -= take.points
        again = queries.owed_again(session, debt, take.lot_id)
        if again is None:
            takes.append(take)
        else:
            more, left = _covering(session, keep, again.id, -again.points)
            takes, owed = [*takes, *more], owed + left
    return takes, owed


def _unpay(session: Session, keep: Book, link: Link) -> None:
    """What the other's points paid of debts that were there before them is owed again."""
    for lot in queries.moved_lots(session, link.source):
        for paid in queries.takes_of_lot(session, lot.lot_id):
            if paid.entry_id < lot.entry_id:
                keep.unpay(paid.entry_id, Take(lot.lot_id, paid.points))


def _give_lots_back(session: Session, keep: Book, other: Book, link: Link) -> tuple[list[Stayed], int]:
    used: dict[str, int] = {}
    returned = 0
    for lot in queries.moved_lots(session, link.source):
        for kind, taken in queries.uses_of_lot(session, lot.lot_id).items():
            used[kind] = used.get(kind, 0) + taken
        points = queries.remaining(session, lot.lot_id)
        if points:
            keep.debit(link.draft(keep, -points, "parted_to", lot.entry_id), [Take(lot.lot_id, points)])
            queries.hand_lapse_back(session, lot.lot_id, lot.from_lot)
            other.restore(_back(other, link, points, lot.out_id), [Take(lot.from_lot, points)])
            returned += points
    return [Stayed(why=why, points=points) for why, points in sorted(used.items())], returned


def _owe_again(session: Session, other: Book, link: Link) -> None:
    for debt in queries.moved_debts(session, link.source):
        _, corrected = origin(session, debt.debtor)
        other.take_back(link.draft(other, debt.points, "debt_parted_from", debt.out_id), corrected)


def _back(book: Book, link: Link, points: int, corrects: int) -> Draft:
    draft = link.draft(book, points, "parted_from", corrects)
    return Draft(
        "reversal", points, draft.rule, draft.explanation, book.now, draft.source, draft.version, corrects_id=corrects
    )


def _cancel_history(session: Session, keep: Book, link: Link) -> None:
    for row in queries.carried(session, keep.member_id, link.source):
        more = {**row.qualifying_more, "cancels": True}
        more["measures"] = {measure: -amount for measure, amount in more["measures"].items()}
        why = explanation("carried", link.version, {"merge": link.merge_id, "card": link.card}, {"do": "carried_back"})
        draft = Draft(
            "adjustment",
            0,
            "carried",
            why,
            keep.now,
            link.source,
            link.version,
            corrects_id=row.id,
            qualifies_at=row.qualifies_at,
            qualifying_spend=-row.qualifying_spend,
            qualifying_points=-row.qualifying_points,
            qualifying_more=more,
        )
        keep.credit(draft, keep.now, keep.now)


def _part_persons(session: Session, keep: Book, other: Book, merge: Any, reason: str) -> None:
    """What the merge changed of the kept person is as it was, unless somebody has changed it again."""
    changed = merge.before["changed"]
    granted = [purpose for purpose in PURPOSES if f"allow_{purpose}" in changed]
    values: dict[str, Any] = {f"allow_{purpose}": True for purpose in granted}
    values |= {name: None for name in ("birthday", "birthday_md", "lunar_birthday_md") if name in changed}
    if "referrer_id" in changed:
        values["referrer_id"] = keep.referrer_id = merge.before["referrer"]
    if values:
        session.execute(update(members).where(members.c.id == keep.member_id).values(values))
    keep_consents(session, keep, granted, granted=True)
    if "birthday" in changed:
        keep.birthday = None
    alone = {"merged_into": None, "merged_at": None}
    session.execute(update(members).where(members.c.id == other.member_id).values(alone))
    cards = queries.cards_of(session, other.member_id)
    session.execute(update(members).where(members.c.id.in_(cards)).values(merged_into=other.member_id))
    undone = {"undone_at": keep.now, "undone_by": keep.caller.actor, "undone_reason": reason}
    session.execute(update(member_merges).where(member_merges.c.id == merge.id).values(undone))
    back = (chats.c.id == merge.before["chat"], chats.c.member_id == keep.member_id)
    session.execute(update(chats).where(*back).values(member_id=other.member_id))
    for book in (keep, other):
        note_traits(session, book.member_id)
    note_stale(session, keep.member_id, other.member_id)


def _coupons_back(session: Session, keep: Book, other: Book, merge: Any) -> list[str]:
    """They never left the merged card; those that were used since are named."""
    used: list[str] = []
    for card in (*queries.cards_of(session, other.member_id), other.member_id):
        for coupon in coupon_queries.unused_of(session, card):
            coupon_queries.note_moved(session, coupon, other.member_id, merge.id, keep.now, keep.caller.actor)
        used += coupon_queries.used_since(session, card, merge.at)
    return used


def _stand_alone(keep: Book, other: Book, link: Link) -> None:
    """Each is judged by its own books from now on, and time goes on for both."""
    other.merged_into = other.merged_at = None
    keep.purchases -= other.purchases
    keep.last_purchase_at = queries.last_purchase_at(session_of(keep), keep.member_id)
    for book in (keep, other):
        stand_alone(book)
        book.next_due_at = book.now
        settle(book, book.now)
        review_tier(book, book.now, {"unmerged": link.card})
        mend_goals(book)
