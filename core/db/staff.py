"""Keys of tills and staff, staff in chat, and the log of what they did by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of


class ApiKey(SQLModel, table=True):
    """digest: SHA-256 of a key of 192 random bits; the key itself is shown once. scopes: till, staff, admin."""

    __tablename__ = "api_key"

    id: int | None = row_id()
    name: str = Field(max_length=60)
    digest: str = Field(unique=True, max_length=64)
    scopes: list[str] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)


class AuditLog(SQLModel, table=True):
    """Who did what by hand. Append-only."""

    __tablename__ = "audit_log"

    id: int | None = row_id()
    at: datetime = Field(sa_type=Moment)
    actor: str = Field(max_length=60)
    action: str = Field(max_length=40)
    target: str = Field(max_length=120)
    detail: dict[str, Any] = Field(sa_type=JSON)


class StaffMember(SQLModel, table=True):
    """Who may do more in chat than a member. role: till, staff, admin, as the scopes of keys.

    link_digest: SHA-256 of the link that joins this person to a chat, once, until link_until; null when it was used.
    """

    __tablename__ = "staff_member"
    __table_args__ = (CheckConstraint("role IN ('till', 'staff', 'admin')", name="staff_member_role"),)

    id: int | None = row_id()
    name: str = Field(unique=True, max_length=50)
    role: str = Field(max_length=5)
    chat_id: int | None = Field(default=None, foreign_key="chat.id", unique=True, sa_type=Big)
    link_digest: str | None = Field(default=None, unique=True, max_length=64)
    link_until: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)


class StaffGift(SQLModel, table=True):
    """Points or a coupon that staff gave a member from chat, or asks a second person to let them give.

    state: given, awaiting (until lapses_at), refused. decided_by: who let it through or did not; null when nobody
    needed to.
    """

    __tablename__ = "staff_gift"
    __table_args__ = (
        CheckConstraint("state IN ('given', 'awaiting', 'refused')", name="staff_gift_state"),
        CheckConstraint("(points IS NULL) <> (coupon IS NULL)", name="staff_gift_what"),
        Index("staff_gift_by", "staff_id", "at"),
    )

    id: int | None = row_id()
    staff_id: int = Field(foreign_key="staff_member.id", sa_type=Big)
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    points: int | None = None
    coupon: str | None = Field(default=None, max_length=40)  # a template of the program
    reason: str = Field(max_length=500)
    state: str = Field(max_length=8)
    at: datetime = Field(sa_type=Moment)
    lapses_at: datetime = Field(sa_type=Moment)
    decided_by: int | None = Field(default=None, foreign_key="staff_member.id", sa_type=Big)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)


class StaffNotice(SQLModel, table=True):
    """A message in a staff member's chat that follows a thing until the thing is settled: it is edited as that changes.

    about: gift:7, campaign:3. shown: SHA-256 of what was last shown. held_until: whoever tends it holds it as long.
    """

    __tablename__ = "staff_notice"
    __table_args__ = (
        Index("staff_notice_about", "staff_id", "about", unique=True),
        Index(
            "staff_notice_open", "held_until", sqlite_where=text("NOT settled"), postgresql_where=text("NOT settled")
        ),
    )

    id: int | None = row_id()
    staff_id: int = Field(foreign_key="staff_member.id", sa_type=Big)
    about: str = Field(max_length=80)
    message_id: int | None = Field(default=None, sa_type=Big)
    shown: str | None = Field(default=None, max_length=64)
    tries: int = 0
    settled: bool = False
    held_until: datetime = Field(sa_type=Moment)


api_keys = table_of(ApiKey)
audit_logs = table_of(AuditLog)
staff_members = table_of(StaffMember)
staff_gifts = table_of(StaffGift)
staff_notices = table_of(StaffNotice)
