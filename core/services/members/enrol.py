"""A person becomes a member: a card, an account in the lowest tier, and what was agreed to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from sqlalchemy import insert, select
from sqlmodel import Session

from core.db.ledger import accounts
from core.db.members import consents, members
from core.insight.goal_facts import NOTHING_COUNTED
from core.insight.members import Phone, inviter, phone_number
from core.program.calendars import lunar_birthday
from core.program.schema import Program
from core.program.values import Zone
from core.rules.refusal import Refused
from core.rules.terms import business_day, end_of_term
from core.rules.traits import traits
from core.services.common import Day, Label, Moment, Result, Wish
from core.services.members.proof import ProofShown, check_proof, keep_proof
from core.services.members.traits import add_traits
from core.services.once import Caller, once
from core.shop import Shop

Purpose = Literal["membership", "offers", "care", "statement"]
BirthdayCalendar = Literal["solar", "lunar"]
CARD_DIGITS = 12


class EnrolForm(Wish):
    """birthday: ISO date; birthday_calendar: by which it is celebrated. zone: an IANA name, where it is not the
    program's. consents: what the person agreed to; membership itself is agreed to by joining. proof: what was shown,
    where the program asks for it."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=100)]
    phone: Phone | None = None
    birthday: Day | None = None
    birthday_calendar: BirthdayCalendar = "solar"
    language: Annotated[str, StringConstraints(max_length=10)] | None = None
    card_number: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{4,32}$")] | None = None
    store: Label | None = None
    zone: Zone | None = None
    city: Label | None = None
    invite_code: Annotated[str, StringConstraints(min_length=1, max_length=16)] | None = None
    consents: list[Purpose] = Field(default=[], max_length=4)
    proof: ProofShown | None = None
    joined_at: Moment | None = None


class Enrolled(Result):
    """join_payload: `/start <join_payload>` in the bot's chat joins this member to that chat."""

    id: int
    card_number: str
    join_payload: str
    invite_code: str


def enrol(shop: Shop, caller: Caller, form: EnrolForm) -> Enrolled:
    """Refused: phone-invalid, phone-taken, card-taken, language-unknown, birthday-impossible, joined-in-the-future,
    unknown-invite-code, proof-missing, proof-unknown, proof-over, key-reused."""
    return once(shop, caller, form, Enrolled, lambda session: enrol_in(shop, session, caller, form))


def enrol_in(shop: Shop, session: Session, caller: Caller, form: EnrolForm, is_history: bool = False) -> Enrolled:
    """The same inside another service's transaction. is_history: brought in from another system, which asked for proof
    in its own way."""
    now = shop.now()
    joined_at = form.joined_at or now
    if joined_at > now:
        raise Refused("joined-in-the-future", joined_at=joined_at.isoformat(), now=now.isoformat())
    version = shop.version_at(session, now)
    program = version.program
    language = form.language or program.program.languages[0]
    if language not in program.program.languages:
        raise Refused("language-unknown", language=language, known=program.program.languages)
    check_birthday(form.birthday, business_day(now, program.program.zone))
    if not is_history:
        check_proof(program, form.proof, now)
    person = _person(session, form)
    card = _card_number(shop, session, form.card_number)
    codes = {"join_code": shop.chance.token(), "invite_code": shop.chance.code(8)}
    member_id = session.execute(
        insert(members).returning(members.c.id),
        {
            **person,
            **codes,
            "card_number": card,
            "language": language,
            "joined_at": joined_at,
            "store": form.store,
            "zone": form.zone,
            "city": form.city,
            "allow_offers": "offers" in form.consents,
            "allow_care": "care" in form.consents,
            "allow_statement": "statement" in form.consents,
        },
    ).scalar_one()
    _open_account(session, member_id, program, joined_at, max(joined_at, version.effective_at))
    _keep_consents(session, member_id, form, caller, now)
    if form.proof is not None:
        keep_proof(session, member_id, form.proof, caller, now)
    add_traits(session, member_id, traits(card, form.name, person["phone"], form.birthday))
    return Enrolled(id=member_id, card_number=card, join_payload=codes["join_code"], invite_code=codes["invite_code"])


def celebrated(birthday: date | None, calendar: BirthdayCalendar) -> dict[str, int | None]:
    """When a birthday is celebrated: month × 100 + day, and the same by the lunar calendar for who keeps that."""
    return {
        "birthday_md": birthday.month * 100 + birthday.day if birthday else None,
        "lunar_birthday_md": lunar_birthday(birthday) if birthday and calendar == "lunar" else None,
    }


def check_birthday(birthday: date | None, today: date) -> None:
    """Refused: birthday-impossible for a day that is not past, or more than 120 years ago."""
    if birthday is not None and not date(today.year - 120, 1, 1) <= birthday < today:
        raise Refused("birthday-impossible", birthday=birthday.isoformat())


def _person(session: Session, form: EnrolForm) -> dict[str, Any]:
    phone = phone_number(form.phone) if form.phone else None
    if phone and session.execute(select(members.c.id).where(members.c.phone == phone)).first():
        raise Refused("phone-taken", phone=phone)
    return {
        "name": form.name,
        "phone": phone,
        "birthday": form.birthday,
        **celebrated(form.birthday, form.birthday_calendar),
        "referrer_id": inviter(session, form.invite_code).id if form.invite_code else None,
    }


def _card_number(shop: Shop, session: Session, wanted: str | None) -> str:
    """The wanted number if it is free, else a new one."""
    if wanted is not None:
        if _taken(session, wanted):
            raise Refused("card-taken", card_number=wanted)
        return wanted
    while True:
        number = shop.chance.digits(CARD_DIGITS)
        if not _taken(session, number):
            return number


def _taken(session: Session, card_number: str) -> bool:
    return session.execute(select(members.c.id).where(members.c.card_number == card_number)).first() is not None


def _open_account(session: Session, member_id: int, program: Program, joined_at: datetime, since: datetime) -> None:
    row = {"member_id": member_id, "balance": 0, "debt": 0, "tier": program.tiers[0].id, "tier_since": since}
    sums = NOTHING_COUNTED.stored() if program.goals else None
    rule, zone = program.dormancy, program.program.zone
    closes = None if rule is None else end_of_term(joined_at, rule.after_months, zone)
    session.execute(insert(accounts), {**row, "purchases": 0, "goal_sums": sums, "next_due_at": closes})


def _keep_consents(session: Session, member_id: int, form: EnrolForm, caller: Caller, now: datetime) -> None:
    agreed = {"membership", *form.consents}
    session.execute(
        insert(consents),
        [
            {"member_id": member_id, "purpose": purpose, "granted": True, "at": now, "source": caller.actor}
            for purpose in sorted(agreed)
        ],
    )
