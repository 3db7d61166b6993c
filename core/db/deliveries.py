"""Messages nobody asked for: one row for each that is owed, what it says, who sends, and what is held back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, Select, Text, UniqueConstraint, select
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from core.db.types import Big, Moment, row_id, table_of

PLANNED = "state = 'planned'"
SENDING = "state = 'sending'"
LEFT = ("sending", "sent", "in_doubt")
"""States of what went out, or may have."""


class MessageContent(SQLModel, table=True):
    """What many deliveries say: Telegram HTML with {placeholders}, a photo (file id or URL), rows of buttons."""

    __tablename__ = "message_content"

    id: int | None = row_id()
    text: str = Field(sa_type=Text)
    photo: str | None = Field(default=None, max_length=400)
    buttons: list[list[dict[str, str]]] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class Delivery(SQLModel, table=True):
    """One message to one member for one occasion of one source, which happens at most once.

    kind: transactional, care, promo, the more urgent first. purpose: the consent it needs (membership needs none).

    state: planned     to be sent from due_at on
           paused      planned, and held back with its source
           sending     durably marked before the request leaves; sent_by says whose it is
      and then exactly one end, at ended_at:
           sent        Telegram took it (message_id), or a tap on one of its buttons proves it
           blocked     the member blocked the bot, or the chat is gone
           suppressed  not sent on purpose (reason)
           held_out    not sent on purpose, as the measure of what happens without
           expired     expires_at passed first
           failed      Telegram refuses it (error)
           in_doubt    the request may have left, and no answer came; whatever came of it since

    What it says is either `text`, or the content's text filled with `filling`; its own photo and buttons come before
    the content's. still: what must still be so when it leaves (core.rules.still); null: nothing. left_at: when it was
    last marked as leaving; null where it certainly did not leave. tries: how often Telegram failed. doubts: how often
    it was in doubt and sent again. chat_id: the chat that it was last marked for, and where message_id is its number;
    the member may be in another one by now, or somebody else have the card. null: nobody knows.
    """

    __table_args__ = (
        UniqueConstraint("member_id", "source", "occasion"),
        CheckConstraint("kind IN ('transactional', 'care', 'promo')", name="delivery_kind"),
        CheckConstraint("purpose IN ('membership', 'offers', 'care', 'statement')", name="delivery_purpose"),
        CheckConstraint(
            "state IN ('planned', 'paused', 'sending', 'sent', 'blocked', 'suppressed', 'held_out', 'expired', "
            "'failed', 'in_doubt')",
            name="delivery_state",
        ),
        CheckConstraint("(text IS NULL) <> (content_id IS NULL)", name="delivery_content"),
        Index(
            "delivery_due", "kind", "due_at", "id", sqlite_where=sql(PLANNED), postgresql_where=sql(PLANNED)
        ),
        Index("delivery_going", "sent_by", sqlite_where=sql(SENDING), postgresql_where=sql(SENDING)),
        Index("delivery_source", "source", "state"),
    )  # fmt: skip

    id: int | None = row_id()
    member_id: int = Field(foreign_key="member.id", sa_type=Big)
    source: str = Field(max_length=80)  # what caused it: campaign:7, birthday
    occasion: str = Field(max_length=80)  # which time of it: 2026, step 3
    kind: str = Field(max_length=13)
    purpose: str = Field(max_length=10)
    priority: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # within its kind, higher first
    state: str = Field(max_length=10)
    reason: str | None = Field(default=None, max_length=40)
    error: str | None = Field(default=None, max_length=300)
    due_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    text: str | None = Field(default=None, sa_type=Text)
    content_id: int | None = Field(default=None, foreign_key="message_content.id", sa_type=Big)
    filling: dict[str, str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    photo: str | None = Field(default=None, max_length=400)
    buttons: list[list[dict[str, str]]] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    still: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    tries: int = 0
    doubts: int = 0
    sent_by: str | None = Field(default=None, max_length=60)
    chat_id: int | None = Field(default=None, sa_type=Big)
    message_id: int | None = Field(default=None, sa_type=Big)
    planned_at: datetime = Field(sa_type=Moment)
    left_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    tapped_at: datetime | None = Field(default=None, sa_type=Moment)


class StoppedSource(SQLModel, table=True):
    """Nothing of this source is sent: until the row is gone, or never if it is cancelled."""

    __tablename__ = "stopped_source"

    source: str = Field(primary_key=True, max_length=80)
    cancelled: bool
    at: datetime = Field(sa_type=Moment)


class Sender(SQLModel, table=True):
    """The one process that may send as a bot, and how long Telegram asked that bot to wait: in real time.

    Whoever holds it renews lease_until with every turn; whoever finds it in the past may take it. Until busy_until the
    process busy_by sends, and leaves so many messages a second (headroom) to the others, which reply. refused_at: when
    Telegram said that it does not know the bot's token; null once something is sent with it.
    """

    bot_id: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    holder: str | None = Field(default=None, max_length=60)
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    wait_until: datetime | None = Field(default=None, sa_type=Moment)
    busy_by: str | None = Field(default=None, max_length=60)
    busy_until: datetime | None = Field(default=None, sa_type=Moment)
    headroom: int | None = None
    refused_at: datetime | None = Field(default=None, sa_type=Moment)


class Replier(SQLModel, table=True):
    """A process that answers members as a bot, and how many answers a second it lately needed; in real time."""

    bot_id: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    holder: str = Field(primary_key=True, max_length=60)
    replies: int
    lease_until: datetime = Field(sa_type=Moment)


message_contents = table_of(MessageContent)
deliveries = table_of(Delivery)
stopped_sources = table_of(StoppedSource)
senders = table_of(Sender)
repliers = table_of(Replier)
IS_PLANNED = sql(f"{deliveries.name}.{PLANNED}")
"""As the index says it, so that it serves."""
SAID = (
    deliveries.c.photo.label("own_photo"),
    deliveries.c.buttons.label("own_buttons"),
    message_contents.c.text.label("content_text"),
    message_contents.c.photo.label("content_photo"),
    message_contents.c.buttons.label("content_buttons"),
)
"""What a delivery that is joined to its content says, but for a text of its own."""


def leading(at: datetime) -> Select[Any]:
    """Who sends, of all bots."""
    return select(senders.c.holder).where(senders.c.holder.is_not(None), senders.c.lease_until > at)
