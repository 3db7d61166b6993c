"""What is changed about messages after they were sent: corrections and recalls, and which buttons were tapped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of

PLANNED = "state = 'planned'"
SENDING = "state = 'sending'"


class Amendment(SQLModel, table=True):
    """A correction (edit) of what a campaign's messages say, or their recall.

    status: awaiting_approval  a correction that nobody else has agreed to yet; nothing has changed
            planning           in force: new messages say it, and those that had left get a row each, a stretch of
                               deliveries at a time, those up to planned_to so far, of those up to plan_until
            planned            every message that had left has its row
            withdrawn          it never came into force

    changes: what a correction replaces: {arm, language, content_id, before: {text, buttons}, after: {text, buttons}}.
    sha256: of what a second person agrees to.
    """

    __table_args__ = (
        CheckConstraint("kind IN ('edit', 'recall')", name="amendment_kind"),
        CheckConstraint(
            "status IN ('awaiting_approval', 'planning', 'planned', 'withdrawn')", name="amendment_status"
        ),
        Index("amendment_source", "source", "id"),
        Index(
            "amendment_open",
            "id",
            sqlite_where=sql("status = 'planning'"),
            postgresql_where=sql("status = 'planning'"),
        ),
    )  # fmt: skip

    id: int | None = row_id()
    source: str = Field(max_length=80)  # campaign:7
    kind: str = Field(max_length=6)
    status: str = Field(max_length=20)
    reason: str = Field(max_length=200)
    changes: list[dict[str, Any]] = Field(sa_type=JSON)
    sha256: str = Field(max_length=64)
    asked_by: str = Field(max_length=60)
    asked_at: datetime = Field(sa_type=Moment)
    approved_by: str | None = Field(default=None, max_length=60)
    begun_at: datetime | None = Field(default=None, sa_type=Moment)  # when it came into force
    planned_to: int = Field(default=0, sa_type=Big)
    plan_until: int = Field(default=0, sa_type=Big)


class AmendedMessage(SQLModel, table=True):
    """One message that had left, and one amendment of it.

    state: planned   to be made from due_at on
           sending   durably marked before the request leaves; sent_by says whose it is
      and then exactly one end, at ended_at:
           done      Telegram has it as it should be; outcome: edited, unchanged (it was so already), deleted,
                     withdrawn (too old to be deleted, it says now that it was withdrawn), gone (the member had deleted
                     it), unsent (it had not left after all)
           blocked   the member blocked the bot, or the chat is gone
           failed    Telegram refuses it (error)
           in_doubt  the message itself is in doubt, also where it leaves once more: whether it is there, and
                     its number, nobody knows; a tap on one of its buttons, or a late answer, makes it planned again
           replaced  a later amendment of the same message takes its place

    To edit or delete twice is to do it once, so a request without an answer is made again: no row ends in doubt over
    its own request.
    """

    __tablename__ = "amended_message"
    __table_args__ = (
        UniqueConstraint("delivery_id", "amendment_id"),
        CheckConstraint(
            "state IN ('planned', 'sending', 'done', 'blocked', 'failed', 'in_doubt', 'replaced')",
            name="amended_message_state",
        ),
        Index(
            "amended_message_due", "due_at", "id", sqlite_where=sql(PLANNED), postgresql_where=sql(PLANNED)
        ),
        Index("amended_message_going", "sent_by", sqlite_where=sql(SENDING), postgresql_where=sql(SENDING)),
        Index("amended_message_amendment", "amendment_id", "state"),
    )  # fmt: skip

    id: int | None = row_id()
    amendment_id: int = Field(foreign_key="amendment.id", sa_type=Big)
    delivery_id: int = Field(foreign_key="delivery.id", sa_type=Big)
    state: str = Field(max_length=10)
    outcome: str | None = Field(default=None, max_length=10)
    error: str | None = Field(default=None, max_length=300)
    due_at: datetime = Field(sa_type=Moment)
    tries: int = 0
    sent_by: str | None = Field(default=None, max_length=60)
    left_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class DeliveryTap(SQLModel, table=True):
    """The first tap on a button of a message. button: its own data, such as `claim:welcome`."""

    __tablename__ = "delivery_tap"

    delivery_id: int = Field(foreign_key="delivery.id", primary_key=True, sa_type=Big)
    button: str = Field(primary_key=True, max_length=64)
    at: datetime = Field(sa_type=Moment)


amendments = table_of(Amendment)
amended_messages = table_of(AmendedMessage)
delivery_taps = table_of(DeliveryTap)
