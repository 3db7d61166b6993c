"""What is known of each member, ready to be asked: one row a member, and beside it categories, tags, segments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class MemberFact(SQLModel, table=True):
    """Derived from the books, as of as_of; a member who was forgotten or merged into another has no row.

    Money in minor units. balance: points that may be spent. visits: business days with a purchase. purchases, spend:
    without what was brought back. *_N: of the last N days. recency, frequency, monetary: fifths, 5 the best, null for
    who never bought (core.rules.rfm). stage: core.rules.life_cycle. rhythm: the member's own days between visits, null
    while there are too few. store: where the person joined. categories: bought of, as `,fresh,grocery,`, so that
    one look tells. has_chat: linked to a Telegram chat. zone: null is the
    program's.
    """

    __tablename__ = "member_fact"

    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Big)
    tier: str = Field(max_length=40)
    balance: int = Field(sa_type=Big)
    allow_offers: bool
    has_chat: bool
    blocked: bool
    stage: str = Field(max_length=10)
    recency: int | None = None
    frequency: int | None = None
    monetary: int | None = None
    visits: int
    purchases: int
    spend: int = Field(sa_type=Big)
    purchases_30: int
    spend_30: int = Field(sa_type=Big)
    purchases_90: int
    spend_90: int = Field(sa_type=Big)
    purchases_180: int
    spend_180: int = Field(sa_type=Big)
    purchases_365: int
    spend_365: int = Field(sa_type=Big)
    qualifying_spend: int = Field(sa_type=Big)
    qualifying_points: int = Field(sa_type=Big)
    rhythm: int | None = None
    birthday_month: int | None = None
    allow_care: bool
    allow_statement: bool
    language: str = Field(max_length=10)
    style: str | None = Field(default=None, max_length=10)
    last_purchase_at: datetime | None = Field(default=None, sa_type=Moment)
    first_purchase_at: datetime | None = Field(default=None, sa_type=Moment)
    joined_at: datetime = Field(sa_type=Moment)
    categories: str = Field(sa_type=Text)
    city: str | None = Field(default=None, max_length=60)
    store: str | None = Field(default=None, max_length=60)
    last_store: str | None = Field(default=None, max_length=60)
    zone: str | None = Field(default=None, max_length=64)
    as_of: datetime = Field(sa_type=Moment)


class MemberCategory(SQLModel, table=True):
    """What a member bought of a category of the program (a root, such as grocery). purchases, spend: of the last 365
    days, without what was brought back line by line; last_at: ever."""

    __tablename__ = "member_category"

    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Big)
    category: str = Field(primary_key=True, max_length=120)
    purchases: int
    spend: int = Field(sa_type=Big)
    last_at: datetime = Field(sa_type=Moment)


class StaleMember(SQLModel, table=True):
    """A member about whom something changed that the books do not tell. Rows are only added and, once the member's
    facts are refreshed, deleted: one that is committed meanwhile stays."""

    __tablename__ = "stale_member"

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", sa_type=Big)


class FactRefresh(SQLModel, table=True):
    """The one row (id 1) that says how fresh the facts are.

    whole_at: when they were last all refreshed. as_of: when what had changed was. marks: the last ids of the books'
    tables, seen this time and the time before. cuts: between the fifths of recency, frequency and monetary, as of
    whole_at. rhythm: the shop's days between visits, as of whole_at.
    """

    __tablename__ = "fact_refresh"
    __table_args__ = (CheckConstraint("id = 1", name="fact_refresh_one"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    whole_at: datetime | None = Field(default=None, sa_type=Moment)
    as_of: datetime = Field(sa_type=Moment)
    marks: dict[str, Any] = Field(sa_type=JSON)
    cuts: dict[str, Any] = Field(sa_type=JSON)
    rhythm: int | None = None


class MemberTag(SQLModel, table=True):
    """A word that staff put on a member."""

    __tablename__ = "member_tag"
    __table_args__ = (Index("member_tag_tag", "tag", "member_id"),)

    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Big)
    tag: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=Moment)
    actor: str = Field(max_length=60)


class Segment(SQLModel, table=True):
    """A named audience: a filter that is asked anew each time, or (filter null, frozen_at set) the members listed when
    it was frozen or brought in."""

    __table_args__ = (CheckConstraint("filter IS NOT NULL OR frozen_at IS NOT NULL", name="segment_filter"),)

    id: int | None = row_id()
    name: str = Field(unique=True, max_length=60)
    filter: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    frozen_at: datetime | None = Field(default=None, sa_type=Moment)
    source: str = Field(max_length=160)  # what it was made from: saved, frozen from NAME, cards
    created_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    changed_by: str = Field(max_length=60)


class SegmentMember(SQLModel, table=True):
    """A member listed in a frozen segment."""

    __tablename__ = "segment_member"

    segment_id: int = Field(primary_key=True, foreign_key="segment.id", sa_type=Big)
    member_id: int = Field(primary_key=True, foreign_key="member.id", index=True, sa_type=Big)


member_facts = table_of(MemberFact)
member_categories = table_of(MemberCategory)
stale_members = table_of(StaleMember)
fact_refreshes = table_of(FactRefresh)
member_tags = table_of(MemberTag)
segments = table_of(Segment)
segment_members = table_of(SegmentMember)
