"""A member asks to be forgotten: the person goes, the books stay balanced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime
from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from core.db import coupon_queries, delivery_queries, reward_queries
from core.db.activities import feedbacks
from core.db.chats import chats, telegram_updates
from core.db.counters import give_back
from core.db.ledger import lots
from core.db.ledger_queries import lock_account
from core.db.members import consents, members
from core.db.merge_queries import cards_of, merged_into
from core.db.merges import member_merges
from core.rules.lots import active_points
from core.rules.refusal import Refused
from core.services.books.books import Books
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.services.books.stored_records import StoredRecords
from core.services.common import Result, Wish
from core.services.members.leave_card import NOBODY, UNSET, leave_card
from core.services.members.traits import forget_traits
from core.services.once import Caller, once
from core.services.rewards.cancel_reward import cancel_order, void_coupon
from core.services.rewards.hand_over_reward import is_prize
from core.services.stored_value.purses import close_purse
from core.shop import Shop

CONSENTS = ("membership", "offers", "care", "statement")


class Forget(Wish):
    member_id: int


class Forgotten(Result):
    """points: what was written off."""

    member_id: int
    at: AwareDatetime
    points: int


def forget_member(shop: Shop, caller: Caller, wish: Forget) -> Forgotten:
    """Blank the person and close the account: open rewards are cancelled, unused coupons void, points, debt and what
    is left of bonuses on stored value written off, consents withdrawn, the chat unlinked, card and codes replaced.
    Entries and purchases keep the number alone. So it is with every card that was merged into the member's.

    Done twice is done once. Refused: unknown-member, stored-value-left.
    """

    def work(session: Session) -> Forgotten:
        member_id = merged_into(session, wish.member_id) or wish.member_id
        cards = cards_of(session, member_id)
        for card in cards:
            lock_account(session, card)
        forgotten_at = _forgotten_at(session, member_id)
        if forgotten_at is not None:
            return Forgotten(member_id=member_id, at=forgotten_at, points=0)
        close_purse(shop, session, caller, member_id)
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            _end_cards(shop, session, books, cards)
            book = books.open(member_id)
            _end_benefits(shop, session, book)
            points = _write_off(session, book)
        for each in (member_id, *cards):
            _blank_person(shop, session, caller, each, book.now)
        return Forgotten(member_id=member_id, at=book.now, points=points)

    return once(shop, caller, wish, Forgotten, work)


def _forgotten_at(session: Session, member_id: int) -> datetime | None:
    row = lock_account(session, member_id)
    if row is None:
        raise Refused("unknown-member", id=member_id)
    at: datetime | None = row.forgotten_at
    return at


def _end_benefits(shop: Shop, session: Session, book: Book) -> None:
    freed: list[str] = []
    for order in reward_queries.open_orders(session, book.member_id):
        if is_prize(order):
            reward_queries.set_status(session, order.id, "cancelled")
        else:
            freed += cancel_order(shop, session, book, order)
    for coupon in coupon_queries.unused_of(session, book.member_id):
        freed += void_coupon(shop, session, book, coupon, "member forgotten")
    give_back(session, freed)


def _write_off(session: Session, book: Book) -> int:
    """Debt is let go first; then the lots are emptied, the pending ones too. The points that were in them."""
    if book.debt:
        book.credit(_draft(book, book.debt), book.now, book.now)
    points = book.balance
    active = active_points(book.lots(), book.now)
    if active:
        book.spend(_draft(book, -active))
    for lot in book.lots():
        book.take_back(_draft(book, -lot.remaining), _entry_of_lot(session, lot.id))
    assert book.balance == 0
    return points


def _entry_of_lot(session: Session, lot_id: int) -> int:
    return int(session.execute(select(lots.c.entry_id).where(lots.c.id == lot_id)).scalar_one())


def _draft(book: Book, points: int) -> Draft:
    version = book.records.version_at(book.now).id
    why = explanation("forgotten", version, {}, {"do": "write_off", "points": points})
    return Draft("adjustment", points, "forgotten", why, book.now, "forgotten", version)


def _end_cards(shop: Shop, session: Session, books: Books, cards: Sequence[int]) -> None:
    """What is open on cards that were merged into the member's; their points are the member's already."""
    for card in cards:
        book = books.of_record(card)
        _end_benefits(shop, session, book)
        books.kept(book)
    blank = update(member_merges).where(member_merges.c.other_id.in_(cards))
    session.execute(blank.values(reason="", undone_reason=None))


def _blank_person(shop: Shop, session: Session, caller: Caller, member_id: int, now: datetime) -> None:
    chat_ids = select(chats.c.id).where(chats.c.member_id == member_id)
    answered = (telegram_updates.c.chat_id.in_(chat_ids), telegram_updates.c.done_at.is_not(None))
    session.execute(delete(telegram_updates).where(*answered))
    leave_card(session, member_id)
    forget_traits(session, member_id)
    delivery_queries.forget(session, member_id, now)
    session.execute(update(feedbacks).where(feedbacks.c.member_id == member_id).values(text=""))
    withdrawn = {"member_id": member_id, "granted": False, "at": now, "source": caller.actor}
    session.execute(insert(consents), [{**withdrawn, "purpose": purpose} for purpose in CONSENTS])
    gone = {
        **NOBODY,
        **UNSET,
        "card_number": f"forgotten-{member_id}",
        "store": None,
        "referrer_id": None,
        "join_code": shop.chance.token(),
        "invite_code": shop.chance.code(16),
        "allow_offers": False,
        "allow_care": False,
        "allow_statement": False,
        "forgotten_at": now,
    }
    session.execute(update(members).where(members.c.id == member_id).values(gone))
