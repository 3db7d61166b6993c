"""A card is handed on: its points, tier, total and period go on with another person, and the one before loses it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import insert, select, update
from sqlmodel import Session

from core.db import delivery_queries
from core.db.audit_log import note
from core.db.members import consents, members
from core.insight.members import MemberView, Phone, member_of, phone_number
from core.program.schema import Program
from core.rules.refusal import Refused
from core.rules.terms import business_day
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.services.common import Day, EntryOut, MemberRef, Result, Wish
from core.services.members.enrol import Purpose, celebrated, check_birthday
from core.services.members.leave_card import NOBODY, UNSET, leave_card
from core.services.members.proof import ProofShown, check_proof, keep_proof
from core.services.members.traits import note_traits
from core.services.once import Caller, once
from core.services.stored_value.purses import hand_on_purse
from core.shop import Shop


class Person(Wish):
    """Who gets the card. consents: what that person agreed to; membership itself is agreed to by taking it. proof: what
    was shown, where the program asks for it."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=100)]
    phone: Phone | None = None
    birthday: Day | None = None
    language: Annotated[str, StringConstraints(max_length=10)] | None = None
    consents: list[Purpose] = Field(default=[], max_length=4)
    proof: ProofShown | None = None


class CardHandOn(Wish):
    member: MemberRef
    to: Person


class CardHandedOn(Result):
    """join_payload: `/start <join_payload>` in the bot's chat joins the new person; the old one's opens nothing."""

    id: int
    card_number: str
    join_payload: str
    invite_code: str
    balance: int
    tier: str
    entries: list[EntryOut]


def hand_on_card(shop: Shop, caller: Caller, wish: CardHandOn) -> CardHandedOn:
    """Put another person in the place of the one who holds the card. Their chat, settings and codes end, and what was
    still to be sent to them; what they bought and said is no longer shown with the card.

    Refused: unknown-member, card-not-transferable, phone-invalid, phone-taken, birthday-impossible, language-unknown,
    proof-missing, proof-unknown, proof-over.
    """

    def work(session: Session) -> CardHandedOn:
        member_id = member_of(session, wish.member).id
        with open_book(shop, session, caller, member_id) as book:
            before = member_of(session, MemberRef(id=member_id))  # again, now that the account is locked
            version = shop.version_at(session, book.now)
            person = _person(session, book, version.program, before, wish.to)
            codes = {"join_code": shop.chance.token(), "invite_code": shop.chance.code(8)}
            session.execute(update(members).where(members.c.id == member_id).values(**person, **codes))
            _end_other_cards(session, member_id, book.now)
            note_traits(session, member_id)
            leave_card(session, member_id)
            delivery_queries.call_off(session, member_id, book.now)
            _keep_consents(session, book, before, wish.to)
            if wish.to.proof is not None:
                keep_proof(session, member_id, wish.to.proof, caller, book.now)
            entry = book.credit(_draft(book, version.id), book.now, book.now)
            hand_on_purse(shop, session, caller, member_id)
            note(session, book.now, caller.actor, "hand_on_card", f"member:{member_id}", {"entry": entry.id})
        return CardHandedOn(
            id=member_id,
            card_number=before.card_number,
            join_payload=codes["join_code"],
            invite_code=codes["invite_code"],
            balance=book.balance,
            tier=book.tier,
            entries=[entry],
        )

    return once(shop, caller, wish, CardHandedOn, work)


def _end_other_cards(session: Session, member_id: int, now: datetime) -> None:
    """Cards that were merged into this one go with it, and nothing of who held them."""
    theirs = members.c.merged_into == member_id
    session.execute(update(members).where(theirs).values({**NOBODY, "holder_since": now}))


def _person(session: Session, book: Book, program: Program, before: MemberView, to: Person) -> dict[str, Any]:
    """The row's columns that are the person's, or Refused."""
    if not program.program.transferable:
        raise Refused("card-not-transferable", card_number=before.card_number)
    check_birthday(to.birthday, business_day(book.now, program.program.zone))
    check_proof(program, to.proof, book.now)
    language = to.language or before.language
    if language not in program.program.languages:
        raise Refused("language-unknown", language=language, known=list(program.program.languages))
    return {
        **UNSET,
        "name": to.name,
        "phone": _free_phone(session, book, to.phone),
        "birthday": to.birthday,
        **celebrated(to.birthday, "solar"),
        "language": language,
        "allow_offers": "offers" in to.consents,
        "allow_care": "care" in to.consents,
        "allow_statement": "statement" in to.consents,
        "holder_since": book.now,
    }


def _free_phone(session: Session, book: Book, written: str | None) -> str | None:
    phone = phone_number(written) if written else None
    others = select(members.c.id).where(members.c.phone == phone, members.c.id != book.member_id)
    if phone and session.execute(others).first():
        raise Refused("phone-taken", phone=phone)
    return phone


def _keep_consents(session: Session, book: Book, before: MemberView, to: Person) -> None:
    """The old person's end, the new one's begin."""
    ended = ["membership", *(purpose for purpose in ("offers", "care", "statement") if _allowed(before, purpose))]
    agreed = sorted({"membership", *to.consents})
    rows = [(purpose, False) for purpose in ended] + [(purpose, True) for purpose in agreed]
    told = {"member_id": book.member_id, "at": book.now, "source": book.caller.actor}
    session.execute(insert(consents), [{**told, "purpose": purpose, "granted": granted} for purpose, granted in rows])


def _allowed(before: MemberView, purpose: str) -> bool:
    return bool(getattr(before, f"allow_{purpose}"))


def _draft(book: Book, version: int) -> Draft:
    """An entry of no points: where the new person's books begin."""
    why = explanation("handover", version, {"tier": book.tier}, {"do": "handover", "balance": book.balance})
    return Draft("adjustment", 0, "handover", why, book.now, "handover", version)
