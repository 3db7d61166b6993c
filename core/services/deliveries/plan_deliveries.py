"""Messages are planned in the commit of what causes them, each at most once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import insert
from sqlmodel import Session

from core.db import delivery_queries
from core.db.deliveries import message_contents
from core.rules.messaging import Ended, Kind, Purpose

CHUNK = 5_000
PURPOSES: dict[str, Purpose] = {"transactional": "membership", "care": "care", "promo": "offers"}
Buttons = list[list[dict[Literal["text", "data", "url"], str]]]
"""Rows of buttons: `text`, and `data` (what a screen's button carries, at most 48 bytes) or `url`."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one member for one occasion of one source.

    It says `text` (Telegram HTML), or the text of `content_id` filled with `filling`. Its own photo (file id or URL)
    and buttons come before the content's. purpose: the consent it needs, by default what its kind needs.
    priority: within its kind, where a member's caps leave no room for all; the higher goes. ended: for one that is
    recorded and not sent, such as Ended("held_out"). still: what must still be so when it leaves (core.rules.still).
    """

    member_id: int
    source: str
    occasion: str
    kind: Kind
    due_at: datetime
    expires_at: datetime
    text: str | None = None
    content_id: int | None = None
    filling: Mapping[str, str] | None = None
    photo: str | None = None
    buttons: Buttons | None = None
    purpose: Purpose | None = None
    ended: Ended | None = None
    priority: int = 0
    still: Mapping[str, Any] | None = None


def add_content(session: Session, text: str, photo: str | None = None, buttons: Buttons | None = None) -> int:
    """What many messages say, kept once; its id."""
    row = {"text": text, "photo": photo, "buttons": buttons}
    return int(session.execute(insert(message_contents).values(row).returning(message_contents.c.id)).scalar_one())


def plan_deliveries(session: Session, messages: Iterable[Message], now: datetime) -> int:
    """How many are new; one that was planned before stays as it is. Takes any number with flat memory.

    Called inside the transaction of what causes the messages.
    """
    coming, planned = iter(messages), 0
    while chunk := [_row(each, now) for each in islice(coming, CHUNK)]:
        planned += delivery_queries.add(session, chunk)
    return planned


def add_deliveries(session: Session, messages: Iterable[Message], now: datetime) -> set[tuple[int, str]]:
    """As plan_deliveries for a chunk of one source's: the member and the occasion of each that is new."""
    return delivery_queries.add_new(session, [_row(each, now) for each in messages])


def in_chunks(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """For planning in several commits, so that nobody else waits long for a turn to write."""
    coming = iter(messages)
    while chunk := list(islice(coming, CHUNK)):
        yield chunk


def _row(message: Message, now: datetime) -> dict[str, Any]:
    ended = message.ended
    return {
        "member_id": message.member_id,
        "source": message.source,
        "occasion": message.occasion,
        "kind": message.kind,
        "purpose": message.purpose or PURPOSES[message.kind],
        "priority": message.priority,
        "state": "planned" if ended is None else ended.state,
        "reason": None if ended is None else ended.reason,
        "due_at": message.due_at,
        "expires_at": message.expires_at,
        "text": message.text,
        "content_id": message.content_id,
        "filling": message.filling,
        "still": message.still,
        "photo": message.photo,
        "buttons": message.buttons,
        "tries": 0,
        "doubts": 0,
        "planned_at": now,
        "ended_at": None if ended is None else now,
    }
