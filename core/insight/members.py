"""Who a member is, found by id, card or phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, or_, select
from sqlmodel import Session

from core.db.chats import chats
from core.db.ledger import accounts
from core.db.members import kept, members
from core.db.prepared import Prepared
from core.rules.refusal import Refused

CardNumber = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=32)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=40)]

REFS = {"id": "integer", "card_number": "string", "phone": "string"}


class MemberRef(BaseModel):
    """A member by exactly one of: id, card_number, phone (any way of writing it that has the country code)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "oneOf": [
                {"required": [one], "properties": {each: {"type": type_ if each == one else "null"} for each in REFS}}
                for one, type_ in REFS.items()
            ]
        },
    )

    id: Annotated[int, Field(strict=True, ge=1, le=2**53 - 1)] | None = None  # as far as JSON numbers are exact
    card_number: CardNumber | None = None
    phone: Phone | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> MemberRef:
        if sum(each is not None for each in (self.id, self.card_number, self.phone)) != 1:
            raise ValueError("give exactly one of id, card_number, phone")
        return self


class Profile(BaseModel):
    """What is known about a member. birthday_calendar: by which it is celebrated. quiet_*: minutes after
    midnight in the member's zone, an IANA name, or the program's where the member has none; without them, and unless
    never_quiet, the shop's quiet hours hold. closed_at: since when the account is closed because nothing was
    bought for so long."""

    id: int
    card_number: str
    name: str
    phone: str | None
    birthday: date | None
    birthday_calendar: Literal["solar", "lunar"]
    language: str
    tier: str
    joined_at: datetime
    store: str | None
    zone: str | None
    city: str | None
    invite_code: str
    referrer_id: int | None
    style: str | None
    quiet_from: int | None
    quiet_until: int | None
    never_quiet: bool
    allow_offers: bool
    allow_care: bool
    allow_statement: bool
    closed_at: datetime | None


class MemberView(Profile):
    """With the secret that joins the member to a chat."""

    join_code: str


_ID_OF_CARD = Prepared(
    select(func.coalesce(members.c.merged_into, members.c.id).label("id")).where(
        members.c.card_number == bindparam("of_card"), members.c.forgotten_at.is_(None)
    )
)


def phone_number(text: str) -> str:
    """E.164 (+8613800138000). A number without a plus is read with its country code, as Telegram sends it.

    Refused: phone-invalid.
    """
    written = text.strip()
    try:
        number = phonenumbers.parse(written if written.startswith("+") else f"+{written}", None)
    except phonenumbers.NumberParseException:
        raise Refused("phone-invalid", phone=text) from None
    if not phonenumbers.is_possible_number(number):
        raise Refused("phone-invalid", phone=text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def member_of(session: Session, ref: MemberRef) -> MemberView:
    """Whoever was merged stands for whom was kept. Refused: unknown-member (also when the member was forgotten),
    phone-invalid."""
    row = session.execute(_views().where(members.c.id == kept(_matches(ref)))).one_or_none()
    if row is None:
        raise Refused("unknown-member", **ref.model_dump(exclude_none=True))
    return _view(row)


def member_id_of(session: Session, ref: MemberRef) -> int:
    """The id alone, for those who open the account next, which refuses an unknown one and knows of whom a merged one
    was merged into. Refused: as member_of."""
    if ref.id is not None:
        return ref.id
    if ref.card_number is not None:
        found = _ID_OF_CARD.scalar(session, {"of_card": ref.card_number})
    else:
        known = and_(_matches(ref), members.c.forgotten_at.is_(None))
        found = session.execute(select(kept(known))).scalar()
    if found is None:
        raise Refused("unknown-member", **ref.model_dump(exclude_none=True))
    return int(found)


def members_of_cards(session: Session, cards: Sequence[str]) -> dict[str, int]:
    """By card number, the member's id, or that of whom that one was merged into; nothing for an unknown card."""
    query = select(members.c.card_number, func.coalesce(members.c.merged_into, members.c.id).label("person"))
    known = query.where(members.c.card_number.in_(cards), members.c.forgotten_at.is_(None))
    return {row.card_number: row.person for row in session.execute(known)}


def search(session: Session, text: str, limit: int = 20) -> list[MemberView]:
    """Members whose card or phone starts with the text, also of a card that was merged into theirs, or whose name
    contains it; by name. At most 100."""
    wanted = text.strip()
    if not wanted:
        return []
    found = _views().where(_mentions(wanted)).order_by(members.c.name, members.c.id)
    return [_view(row) for row in session.execute(found.limit(min(limit, 100)))]


def listed(session: Session, text: str, after: int | None, limit: int) -> list[MemberView]:
    """Up to `limit` members in order of id, from behind the id `after`; of those that `search` finds, unless empty."""
    found = _views().where(members.c.id > (after or 0))
    if wanted := text.strip():
        found = found.where(_mentions(wanted))
    return [_view(row) for row in session.execute(found.order_by(members.c.id).limit(limit))]


def _mentions(wanted: str) -> ColumnElement[bool]:
    merged = members.alias("merged")
    led_here = select(merged.c.merged_into).where(merged.c.merged_into.is_not(None), _begins(merged, wanted))
    named = members.c.name.icontains(wanted, autoescape=True)
    return or_(_begins(members, wanted), named, members.c.id.in_(led_here))


def _begins(cards: Any, wanted: str) -> ColumnElement[bool]:
    """Whether a card or phone of these does so."""
    return or_(
        cards.c.card_number.istartswith(wanted, autoescape=True), cards.c.phone.startswith(wanted, autoescape=True)
    )


def inviter(session: Session, invite_code: str) -> MemberView:
    """Refused: unknown-invite-code."""
    row = session.execute(_views().where(members.c.id == kept(members.c.invite_code == invite_code))).one_or_none()
    if row is None:
        raise Refused("unknown-invite-code", invite_code=invite_code)
    return _view(row)


def member_in_chat(session: Session, chat_id: int) -> MemberView | None:
    """The member who joined that chat."""
    from_chat = select(chats.c.member_id).where(chats.c.id == chat_id).scalar_subquery()
    row = session.execute(_views().where(members.c.id == kept(members.c.id == from_chat))).one_or_none()
    return _view(row) if row else None


def _matches(ref: MemberRef) -> ColumnElement[bool]:
    if ref.id is not None:
        return members.c.id == ref.id
    if ref.card_number is not None:
        return members.c.card_number == ref.card_number
    assert ref.phone is not None
    return members.c.phone == phone_number(ref.phone)


def _views() -> Select[Any]:
    joined = members.join(accounts, accounts.c.member_id == members.c.id)
    columns = [members.c[name] for name in MemberView.model_fields if name in members.c]
    alone = (members.c.forgotten_at.is_(None), members.c.merged_into.is_(None))
    calendar = case((members.c.lunar_birthday_md.is_(None), "solar"), else_="lunar").label("birthday_calendar")
    return select(*columns, calendar, accounts.c.tier).select_from(joined).where(*alone)


def _view(row: Row[Any]) -> MemberView:
    return MemberView.model_validate(row._mapping)
