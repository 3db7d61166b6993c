"""Two members are found to be one person: a person decides it, one is kept, and the other's cards lead there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import insert, select, update
from sqlmodel import Session

from core.db import coupon_queries
from core.db import merge_queries as queries
from core.db.audit_log import note
from core.db.chats import chats
from core.db.fact_queries import join_labels, note_stale
from core.db.members import consents, members
from core.db.merges import member_merges
from core.db.mutes import take_mutes
from core.insight.members import MemberView, member_of
from core.rules.refusal import Refused
from core.services.books.books import Books
from core.services.books.dormancy import check_open, closes_at, seen
from core.services.books.posting import Book
from core.services.books.stored_records import StoredRecords
from core.services.common import EntryOut, MemberRef, Result, Wish
from core.services.members.carrying import carry
from core.services.members.enrol import celebrated
from core.services.members.traits import forget_traits, note_traits
from core.services.once import Caller, once
from core.services.stored_value.joined_purses import join_purses
from core.shop import Shop

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=500)]
PURPOSES = ("offers", "care", "statement")


class Merge(Wish):
    """keep: who stays. other: who was found to be the same person. reason: why, for whoever asks later."""

    keep: MemberRef
    other: MemberRef
    reason: Reason


class Merged(Result):
    """id: of the merge, to undo it by. balance, debt, tier: of the member who was kept."""

    id: int
    keep_id: int
    other_id: int
    balance: int
    debt: int
    tier: str
    entries: list[EntryOut]


def merge_members(shop: Shop, caller: Caller, wish: Merge) -> Merged:
    """Carry points, debt, stored value and what counts towards the tier over to the kept member. The other's card,
    phone, chat, coupons, orders and purchases stay where they are and lead there, and so do those of cards that were
    merged into the other before. May be sent only what both agreed to.

    Refused: unknown-member, member-closed, one-member-already.
    """

    def work(session: Session) -> Merged:
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            keep, other = _both(session, books, wish)
            merge_id = _note_merge(session, keep, other, wish.reason)
            for card in (*queries.cards_of(session, other.member_id), other.member_id):
                for coupon in coupon_queries.unused_of(session, card):
                    coupon_queries.note_moved(session, coupon, keep.member_id, merge_id, keep.now, caller.actor)
            keep.purchases += other.purchases
            keep.last_purchase_at = latest(keep, other)
            _close_no_sooner(keep, other)
            before = len(keep.written)
            other.merged_into, other.merged_at = keep.member_id, other.now
            carry(other, keep)
            join_purses(shop, session, caller, other.member_id)
            note_stale(session, keep.member_id, other.member_id)
            join_labels(session, keep.member_id, other.member_id)
            detail = {"merge": merge_id, "other": other.member_id, "reason": wish.reason}
            note(session, keep.now, caller.actor, "merge_members", f"member:{keep.member_id}", detail)
        return Merged(
            id=merge_id,
            keep_id=keep.member_id,
            other_id=other.member_id,
            balance=keep.balance,
            debt=keep.debt,
            tier=keep.tier,
            entries=[entry for entry in keep.written[before:] if entry.rule == "merged"],
        )

    return once(shop, caller, wish, Merged, work)


def latest(keep: Book, other: Book) -> Any:
    moments = [book.last_purchase_at for book in (keep, other) if book.last_purchase_at]
    return max(moments, default=None)


def _close_no_sooner(keep: Book, other: Book) -> None:
    """Than either card would have been closed. Whose card joined, was handed on or was reopened later than the kept one
    was not away for longer than that; who was brought in lately does not lose the notice that has begun."""
    if not keep.records.closes_members(keep.records.version_at(keep.now)):
        return
    theirs = closes_at(other)
    _reopen(keep, seen(other))
    ours = closes_at(keep)
    if theirs is not None and ours is not None and ours < theirs:
        _reopen(keep, keep.now)


def _reopen(book: Book, at: datetime) -> None:
    """If it was last seen before."""
    if at > seen(book):
        book.reopened_at = at
        book.records.set_closed(book.member_id, None, at)


def _both(session: Session, books: Books, wish: Merge) -> tuple[Book, Book]:
    """Locked in descending id. Both are looked at again before each lock: one who has been merged meanwhile would have
    to be locked first."""
    keep_id = member_of(session, wish.keep).id
    other_id = member_of(session, wish.other).id
    if keep_id == other_id:
        raise Refused("one-member-already", id=keep_id)
    for card in queries.cards_of(session, other_id):  # those come before whom they were merged into
        books.records.account(card)
    opened: dict[int, Book] = {}
    for each in sorted((keep_id, other_id), reverse=True):
        if any(queries.merged_into(session, one) for one in (keep_id, other_id)):  # by somebody who was quicker
            raise Refused("one-member-already", id=keep_id)
        opened[each] = books.of_record(each)
    keep, other = opened[keep_id], opened[other_id]
    if keep.merged_into is not None or other.merged_into is not None:
        raise Refused("one-member-already", id=keep_id)
    check_open(keep)
    check_open(other)
    return keep, other


def _note_merge(session: Session, keep: Book, other: Book, reason: str) -> int:
    ours = member_of(session, MemberRef(id=keep.member_id))
    theirs = member_of(session, MemberRef(id=other.member_id))
    cards = queries.cards_of(session, other.member_id)
    before = _join_persons(session, keep, ours, theirs, {theirs.id, *cards})
    row = {
        "keep_id": keep.member_id,
        "other_id": other.member_id,
        "at": keep.now,
        "actor": keep.caller.actor,
        "reason": reason,
        "before": before,
    }
    merge_id = session.execute(insert(member_merges).returning(member_merges.c.id), row).scalar_one()
    lead = {"merged_into": keep.member_id, "merged_at": keep.now}
    session.execute(update(members).where(members.c.id == other.member_id).values(lead))
    session.execute(update(members).where(members.c.id.in_(cards)).values(merged_into=keep.member_id))
    forget_traits(session, other.member_id)
    return int(merge_id)


def _join_persons(
    session: Session, keep: Book, ours: MemberView, theirs: MemberView, others: set[int]
) -> dict[str, Any]:
    """What the kept person lacks comes from the other; what either did not agree to ends. What was changed, by name.

    others: every card of the other person.
    """
    own = {ours.id, *queries.cards_of(session, ours.id)}
    withdrawn = [each for each in PURPOSES if _allows(ours, each) and not _allows(theirs, each)]
    changed: dict[str, Any] = {f"allow_{purpose}": False for purpose in withdrawn}
    if ours.birthday is None and theirs.birthday is not None:
        day = theirs.birthday
        changed |= {"birthday": day, **celebrated(day, theirs.birthday_calendar)}
        keep.birthday = day
    if ours.referrer_id is None or ours.referrer_id in others:
        keep.referrer_id = None if theirs.referrer_id in own else theirs.referrer_id
    if keep.referrer_id != ours.referrer_id:
        changed["referrer_id"] = keep.referrer_id
    if changed:
        session.execute(update(members).where(members.c.id == ours.id).values(changed))
        note_traits(session, ours.id)
    keep_consents(session, keep, withdrawn, granted=False)
    take_mutes(session, ours.id, theirs.id)
    chat = _take_chat(session, ours.id, theirs.id)
    return {"changed": sorted(changed), "referrer": ours.referrer_id, "chat": chat}


def _allows(view: MemberView, purpose: str) -> bool:
    return bool(getattr(view, f"allow_{purpose}"))


def keep_consents(session: Session, book: Book, purposes: Sequence[str], granted: bool) -> None:
    told = {"member_id": book.member_id, "granted": granted, "at": book.now, "source": book.caller.actor}
    if purposes:
        session.execute(insert(consents), [{**told, "purpose": purpose} for purpose in purposes])


def _take_chat(session: Session, keep_id: int, other_id: int) -> int | None:
    """The other's chat becomes the kept one's if that one has none; else it stays, and leads there."""
    chat_of = {
        row.member_id: row.id
        for row in session.execute(
            select(chats.c.id, chats.c.member_id).where(chats.c.member_id.in_((keep_id, other_id)))
        )
    }
    chat: int | None = chat_of.get(other_id) if keep_id not in chat_of else None
    if chat is not None:
        session.execute(update(chats).where(chats.c.id == chat).values(member_id=keep_id))
    return chat
