"""What comes with a care message: given by the ledger in the commit that plans it, whatever becomes of the message."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from core.db import care_queries
from core.program.journeys import Journey, JourneyStep
from core.rules.care import APART
from core.rules.expiry import lapses_at
from core.rules.messaging import Ended
from core.rules.refusal import Refused
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.services.once import Caller
from core.services.rewards.issue_coupon import grant_coupon
from core.shop import Shop


def is_given(ended: Ended | None) -> bool:
    """Also with a message that comes too late, but not to who is held out."""
    return ended is None or ended.state != "held_out"


def give_gifts(
    shop: Shop, session: Session, journey: Journey, step: JourneyStep, member_id: int, occasion: str
) -> str | None:
    """The reason for which the member cannot have it, or None once it is in the books. A birthday that [birthday] gave
    its coupon for brings no other."""
    source = f"{journey.source}:{occasion}"
    try:
        with open_book(shop, session, Caller("scheduler", source), member_id) as book:
            refused = _coupon(shop, session, book, journey, step, source)
            if refused is None and step.points is not None:
                _credit(book, journey, step.points, source)
            return refused
    except Refused as error:
        return error.refusal.reason


def _coupon(shop: Shop, session: Session, book: Book, journey: Journey, step: JourneyStep, source: str) -> str | None:
    """Refusals are told, not raised: nothing was written by then, and the account is to be written back."""
    this_birthdays = care_queries.birthday_coupon(since=book.now - timedelta(days=step.days) - APART)
    earlier = journey.on == "birthday" and care_queries.given(session, book.member_id, this_birthdays)
    if step.coupon is None or earlier:
        return None
    try:
        grant_coupon(shop, session, book, step.coupon, source)
    except Refused as error:
        return error.refusal.reason
    return None


def _credit(book: Book, journey: Journey, points: int, source: str) -> None:
    version = book.records.version_at(book.now)
    rule = journey.source
    why = explanation(rule, version.id, {"journey": journey.id}, {"do": "journey", "points": points})
    draft = Draft("bonus", points, rule, why, book.now, source, version.id)
    book.credit(draft, book.now, lapses_at(version.program, book.now, book.period_until))
