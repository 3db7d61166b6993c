"""Campaigns as staff see them: what they say, how far they are, what became of each message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row, select
from sqlmodel import Session

from core.db import campaign_queries as queries
from core.db.facts import segments
from core.insight.deliveries import DeliveryView
from core.insight.segments import Audience
from core.program.schema import Program
from core.rules.campaigns import Canary, Chances, Content, Kind, Schedule, digest
from core.rules.messaging import Purpose
from core.rules.refusal import Refused

Status = Literal["draft", "awaiting_approval", "approved", "launched", "paused", "cancelled", "finished"]
source_of = queries.source_of


class Said(BaseModel):
    """What a campaign is: whatever a second person agrees to, and its name."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    audience: Audience
    contents: list[Content]
    arms: dict[str, int]
    coupon: str | None
    schedule: Schedule
    ends_at: datetime | None
    holdout: int
    canary: Canary | None

    @property
    def purpose(self) -> Purpose:
        """The consent that it needs."""
        return "offers" if self.kind == "promo" else "membership"


class CampaignView(Said):
    """status: draft, awaiting_approval, approved, launched, paused, cancelled, finished. sha256: of all that a second
    person agrees to, as it is now; approved_sha256: as it was agreed to. plan_from, planned_at: when planning begins
    and was done. canary_left: how many more are planned before it is seen how the first ones fare. ended_at: when the
    last message had its end."""

    id: int
    status: Status
    sha256: str
    authors: list[str]
    drafted_by: str
    drafted_at: datetime
    changed_at: datetime
    tests: int
    forecast: dict[str, Any] | None
    asked_by: str | None
    asked_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    approved_sha256: str | None
    launched_by: str | None
    launched_at: datetime | None
    plan_from: datetime | None
    planned_to: int
    planned_at: datetime | None
    canary_left: int | None
    paused_reason: str | None
    ended_at: datetime | None

    @property
    def source(self) -> str:
        """What its deliveries call it."""
        return source_of(self.id)

    def chances(self, program: Program) -> Chances:
        control = program.marketing.control_group if self.kind == "promo" else 0
        return Chances(self.id, control, self.holdout, self.arms)


class Count(BaseModel):
    state: str
    reason: str | None
    count: int


class Progress(BaseModel):
    """recipients: how many have a delivery by now. open: planned, paused, sending. left: on their way or arrived, for
    all that is known (sent, in doubt). states: every state and reason there is."""

    status: Status
    recipients: int
    open: int
    left: int
    planning_done: bool
    states: Sequence[Count]


class CampaignDelivery(DeliveryView):
    """arm, language: of the content it had; null where it is none of the campaign's."""

    member_id: int
    arm: str | None
    language: str | None


def campaign(session: Session, campaign_id: int) -> CampaignView:
    """Refused: unknown-campaign."""
    return view_of(session, found(queries.campaign(session, campaign_id), campaign_id))


def found(row: Row[Any] | None, campaign_id: int) -> Row[Any]:
    """Refused: unknown-campaign."""
    if row is None:
        raise Refused("unknown-campaign", campaign=campaign_id)
    return row


def campaigns(session: Session, before: int | None, limit: int, status: Status | None = None) -> list[CampaignView]:
    """Up to `limit`, the newest first, older than the one with the id `before`."""
    return [view_of(session, row) for row in queries.listed(session, before, limit, status)]


def view_of(session: Session, row: Row[Any]) -> CampaignView:
    said = Said.model_validate(row, from_attributes=True)
    return CampaignView.model_validate({**row._mapping, "sha256": digest(agreed_to(session, said))})


def agreed_to(session: Session, said: Said) -> dict[str, Any]:
    """All that a second person agrees to, as JSON: a saved segment with what it asks, or when it was frozen."""
    told = said.model_dump(mode="json", exclude={"name"})
    if said.audience.segment is not None:
        asked = select(segments.c.filter, segments.c.frozen_at).where(segments.c.name == said.audience.segment)
        row = session.execute(asked).one_or_none()
        meant = row and (row.filter or row.frozen_at.isoformat())
        told["audience"] = {"segment": said.audience.segment, "meant": meant}
    return told


def progress(session: Session, campaign_id: int) -> Progress:
    """Refused: unknown-campaign."""
    row = found(queries.campaign(session, campaign_id), campaign_id)
    states = [Count(state=state, reason=reason, count=count) for state, reason, count in states_of(session, row.id)]

    def of(*names: str) -> int:
        return sum(each.count for each in states if each.state in names)

    return Progress(
        status=row.status,
        recipients=sum(each.count for each in states),
        open=of(*queries.OPEN),
        left=of("sending", "sent", "in_doubt"),
        planning_done=row.planned_at is not None,
        states=states,
    )


def states_of(session: Session, campaign_id: int) -> list[tuple[str, str | None, int]]:
    return queries.counts(session, source_of(campaign_id))


def campaign_deliveries(
    session: Session, campaign_id: int, before: int | None, limit: int, state: str | None = None
) -> list[CampaignDelivery]:
    """Up to `limit`, the newest first, older than the one with the id `before`. Refused: unknown-campaign."""
    found(queries.campaign(session, campaign_id), campaign_id)
    rows = queries.sent_to(session, source_of(campaign_id), before, limit, state)
    return [CampaignDelivery.model_validate(row._mapping) for row in rows]


def zone_of(zone: str | None, program: Program) -> ZoneInfo:
    """A member's own zone, else the program's."""
    return program.program.zone if zone is None else ZoneInfo(zone)
