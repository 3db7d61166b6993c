"""Members and their consent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, Index, false, func, or_, select, text
from sqlmodel import Field, Session, SQLModel

from core.db.among import among, ids_named
from core.db.prepared import Prepared
from core.db.types import Big, Moment, row_id, table_of


class Member(SQLModel, table=True):
    """A person in the program. Forgetting one blanks the person; the books keep the number alone.

    merged_into: whom this one was found to be, which is never somebody merged; its card and phone lead there.
    closed_at: since when nothing was bought for too long; null again once it is reopened, the last time at reopened_at,
    which is also when it parted from a merge, or when the card of one merged into it joined or was reopened.
    """

    __table_args__ = (
        Index(
            "member_merged_into",
            "merged_into",
            sqlite_where=text("merged_into IS NOT NULL"),
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        Index(
            "member_zone",
            "zone",
            sqlite_where=text("zone IS NOT NULL"),
            postgresql_where=text("zone IS NOT NULL"),
        ),
        Index(
            "member_zone_since",
            "zone_since",
            sqlite_where=text("zone_since IS NOT NULL"),
            postgresql_where=text("zone_since IS NOT NULL"),
        ),
    )

    id: int | None = row_id()
    card_number: str = Field(unique=True, max_length=32)
    name: str = Field(max_length=100)
    phone: str | None = Field(default=None, unique=True, max_length=20)  # E.164
    birthday: date | None = None
    birthday_md: int | None = Field(default=None, index=True)  # month × 100 + day
    lunar_birthday_md: int | None = Field(default=None, index=True)  # of who celebrates by the lunar calendar
    language: str = Field(max_length=10)
    joined_at: datetime = Field(sa_type=Moment, index=True)
    store: str | None = Field(default=None, max_length=60)  # where the person joined
    referrer_id: int | None = Field(default=None, foreign_key="member.id", sa_type=Big)
    join_code: str = Field(unique=True, max_length=64)  # secret: joins this member to a chat
    invite_code: str = Field(unique=True, max_length=16)  # public: a friend joins with it
    style: str | None = Field(default=None, max_length=10)  # lively, calm, fast, careful
    quiet_from: int | None = None  # minutes after midnight
    quiet_until: int | None = None
    never_quiet: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  # whatever the shop's are
    allow_offers: bool = False
    allow_care: bool = False
    allow_statement: bool = False
    zone: str | None = Field(default=None, max_length=64)  # IANA; null: the program's
    zone_before: str | None = Field(default=None, max_length=64)  # likewise, until zone_since
    zone_since: datetime | None = Field(default=None, sa_type=Moment)  # null: they never moved
    city: str | None = Field(default=None, max_length=60)
    holder_since: datetime | None = Field(default=None, sa_type=Moment)  # when the card was handed to this person
    forgotten_at: datetime | None = Field(default=None, sa_type=Moment)
    merged_into: int | None = Field(default=None, foreign_key="member.id", sa_type=Big)
    merged_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    reopened_at: datetime | None = Field(default=None, sa_type=Moment)


class Consent(SQLModel, table=True):
    """What a member agreed to or took back, and when; never changed afterwards."""

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", index=True, sa_type=Big)
    purpose: str = Field(max_length=20)  # membership, offers, care, statement
    granted: bool
    at: datetime = Field(sa_type=Moment)
    source: str = Field(max_length=60)


class MemberProof(SQLModel, table=True):
    """What somebody showed for belonging, and who has seen it; gone when the member is forgotten."""

    __tablename__ = "member_proof"

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", index=True, sa_type=Big)
    kind: str = Field(max_length=40)
    reference: str | None = Field(default=None, max_length=60)
    valid_until: date | None = None  # its last day
    at: datetime = Field(sa_type=Moment)
    seen_by: str = Field(max_length=60)


members = table_of(Member)
consents = table_of(Consent)
member_proofs = table_of(MemberProof)


def with_holder(member_id: ColumnElement[int], at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether a row of that member and moment is of the person who holds the card now, not of one before."""
    held = select(func.coalesce(members.c.holder_since, at)).where(members.c.id == member_id)
    return at >= held.correlate_except(members).scalar_subquery()


def kept(found: ColumnElement[bool]) -> ColumnElement[int]:
    """The id of whom that condition on members finds, or of whom that one was merged into."""
    ids = select(func.coalesce(members.c.merged_into, members.c.id)).where(found)
    return ids.correlate(None).scalar_subquery()


_MERGED = Prepared(
    select(members.c.id, members.c.merged_into).where(
        among(members.c.merged_into, ids_named("ids")), members.c.merged_into.is_not(None)
    )
)


def merged_cards(session: Session, member_ids: Iterable[int]) -> dict[int, int]:
    """The cards that were merged into one of these members, each with whom it was merged into."""
    return {row.id: row.merged_into for row in _MERGED.all(session, {"ids": member_ids})}


def one_person(member_id: ColumnElement[int], of: int) -> ColumnElement[bool]:
    """Whether a row's member is that one, or was merged into that one."""
    cards = select(members.c.id).where(or_(members.c.id == of, members.c.merged_into == of))
    return member_id.in_(cards.correlate(None))


def kept_id(session: Session, member_id: int) -> int:
    """The member's own id, or that of whom it was merged into."""
    return int(session.execute(select(kept(members.c.id == member_id))).scalar_one())
