"""Members who were found to be one person, and what tells such pairs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class MemberMerge(SQLModel, table=True):
    """A person's decision that `other_id` is the same person as `keep_id`. before: what of the kept one was changed by
    it, for undoing it. Of one member at most one merge is not undone."""

    __tablename__ = "member_merge"

    id: int | None = row_id()
    keep_id: int = Field(foreign_key="member.id", index=True, sa_type=Big)
    other_id: int = Field(foreign_key="member.id", index=True, sa_type=Big)
    at: datetime = Field(sa_type=Moment)
    actor: str = Field(max_length=60)
    reason: str = Field(max_length=500)
    before: dict[str, Any] = Field(sa_type=JSON)
    undone_at: datetime | None = Field(default=None, sa_type=Moment)
    undone_by: str | None = Field(default=None, max_length=60)
    undone_reason: str | None = Field(default=None, max_length=500)


class MemberTrait(SQLModel, table=True):
    """What may tell that two members are one person, brought to one form: card, phone, person (name and birthday).

    Of merged and forgotten members there are none. alike: another member had the same when one of them came; a few
    stay so after that one has gone.
    """

    __tablename__ = "member_trait"
    __table_args__ = (
        Index("member_trait_value", "kind", "value", "member_id"),
        Index(
            "member_trait_alike",
            "kind",
            "value",
            "member_id",
            sqlite_where=text("alike"),
            postgresql_where=text("alike"),
        ),
    )

    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Big)
    kind: str = Field(primary_key=True, max_length=8)
    value: str = Field(max_length=120)
    alike: bool = False


member_merges = table_of(MemberMerge)
member_traits = table_of(MemberTrait)
