"""Corrections and recalls of campaigns as staff see them, and how far they have come."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import Row, func, select
from sqlmodel import Session

from core.db import amendment_queries as queries
from core.db.amendments import amended_messages
from core.db.campaign_queries import source_of
from core.insight.campaigns import CampaignView
from core.rules.campaigns import Button, Content
from core.rules.refusal import Refused


class Saying(BaseModel):
    """text: Telegram HTML with {placeholders}."""

    text: str
    buttons: list[list[dict[str, str]]]


class Change(BaseModel):
    """What one content of the campaign said before, and says afterwards."""

    arm: str
    language: str
    content_id: int
    before: Saying
    after: Saying


class AmendedCount(BaseModel):
    """state: planned, sending, done, blocked, failed, in_doubt, replaced. outcome, of done: edited, unchanged, deleted,
    withdrawn, gone, unsent."""

    state: str
    outcome: str | None
    count: int


class AmendmentView(BaseModel):
    """status: awaiting_approval, planning (in force, and messages that had left still get their rows), planned,
    withdrawn. sha256: of what a second person agrees to. messages: those that had left, by what became of them."""

    id: int
    campaign_id: int
    kind: Literal["edit", "recall"]
    status: str
    reason: str
    changes: list[Change]
    sha256: str
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    begun_at: datetime | None
    messages: list[AmendedCount]


class Amended(BaseModel):
    """What became of a campaign's words since its launch. corrections: those in force; waiting: the one that nobody
    else has approved yet."""

    corrections: int
    waiting: int | None
    recalled: bool


def amended(session: Session, campaign_id: int) -> Amended:
    """Without looking at any message."""
    rows = queries.of_source(session, source_of(campaign_id))
    return Amended(
        corrections=sum(row.kind == "edit" and row.begun_at is not None for row in rows),
        waiting=next((row.id for row in rows if row.status == "awaiting_approval"), None),
        recalled=any(row.kind == "recall" for row in rows),
    )


def as_it_reads(session: Session, view: CampaignView) -> CampaignView:
    """With its contents as they were put right."""
    in_force = [each for each in queries.of_source(session, view.source) if each.kind == "edit" and each.begun_at]
    says = {(change["arm"], change["language"]): change["after"] for each in in_force for change in each.changes}
    contents = [_corrected(each, says.get((each.arm, each.language))) for each in view.contents]
    return view.model_copy(update={"contents": contents})


def _corrected(content: Content, says: dict[str, Any] | None) -> Content:
    if says is None:
        return content
    buttons = [[Button.of_row(each) for each in line] for line in says["buttons"]]
    return content.model_copy(update={"text": says["text"], "buttons": buttons})


def amendment(session: Session, amendment_id: int) -> AmendmentView:
    """Refused: unknown-amendment."""
    return view_of(session, found(queries.amendment(session, amendment_id), amendment_id))


def amendments_of(session: Session, campaign_id: int) -> list[AmendmentView]:
    """Oldest first."""
    return [view_of(session, row) for row in queries.of_source(session, source_of(campaign_id))]


def found(row: Row[Any] | None, amendment_id: int) -> Row[Any]:
    """Refused: unknown-amendment."""
    if row is None:
        raise Refused("unknown-amendment", amendment=amendment_id)
    return row


def view_of(session: Session, row: Row[Any]) -> AmendmentView:
    by = (amended_messages.c.state, amended_messages.c.outcome)
    counted = select(*by, func.count().label("count")).where(amended_messages.c.amendment_id == row.id).group_by(*by)
    messages = sorted(session.execute(counted), key=lambda each: (each.state, each.outcome or ""))
    return AmendmentView.model_validate(
        {
            **row._mapping,
            "campaign_id": campaign_of(row.source),
            "messages": [each._mapping for each in messages],
        }
    )


def campaign_of(source: str) -> int:
    """The campaign's number out of what its deliveries call it."""
    return int(source.partition(":")[2])
