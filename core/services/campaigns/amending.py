"""What corrections and recalls of campaigns have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.db import amendment_queries as queries
from core.insight.amendments import AmendmentView, view_of
from core.insight.campaigns import CampaignView
from core.rules.refusal import Refused
from core.services.campaigns.campaigning import locked


def launched(session: Session, campaign_id: int) -> CampaignView:
    """The campaign, locked. Refused: unknown-campaign, campaign-in-another-state, campaign-recalled."""
    row, view = locked(session, campaign_id, ["launched", "paused", "cancelled", "finished"])
    if row.launched_at is None:
        raise Refused("campaign-in-another-state", campaign=campaign_id, status=row.status, needed=["launched"])
    if any(each.kind == "recall" for each in queries.of_source(session, view.source)):
        raise Refused("campaign-recalled", campaign=campaign_id)
    return view


def in_force(session: Session, source: str, now: datetime) -> dict[str, Any]:
    """What an amendment's row says when it begins: every message up to the last one there is now gets a row."""
    first, last = queries.span(session, source)
    return {"status": "planning", "begun_at": now, "planned_to": first, "plan_until": last}


def viewed(session: Session, amendment_id: int) -> AmendmentView:
    row = queries.amendment(session, amendment_id)
    assert row is not None
    return view_of(session, row)
