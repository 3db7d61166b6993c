"""A campaign is held back, at any moment, at any size."""

from __future__ import annotations

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.db import delivery_queries
from core.insight.campaigns import CampaignView
from core.rules.refusal import Refused
from core.services.campaigns.campaigning import CampaignHead, CampaignRef, head, locked, noted
from core.services.deliveries.pause_source import hold_rows
from core.services.once import Caller, once
from core.shop import Shop

SCHEDULER = "scheduler"


def pause_campaign(shop: Shop, caller: Caller, wish: CampaignRef, reason: str = "person") -> CampaignHead:
    """Nothing of it leaves, and nothing more is planned, after this; what is on its way already arrives.

    Refused: unknown-campaign, campaign-in-another-state, key-reused.
    """
    stopped: list[str] = []

    def work(session: Session) -> CampaignHead:
        _, view = locked(session, wish.campaign, ["launched"])
        queries.change(session, view.id, {"status": "paused", "paused_reason": reason})
        delivery_queries.stop(session, view.source, False, shop.now())
        noted(shop, session, caller, "pause_campaign", view.id, reason=reason)
        stopped.append(view.source)
        return head(session, view.id)

    done = once(shop, caller, wish, CampaignHead, work)
    for source in stopped[-1:]:
        hold_rows(shop, source)
    return done


def pause_by_itself(shop: Shop, view: CampaignView, reason: str) -> int:
    """1, or 0 if somebody has paused it or called it off meanwhile."""
    caller = Caller(SCHEDULER, f"{reason}:{view.id}:{view.planned_to}:{shop.now().isoformat()}")
    try:
        pause_campaign(shop, caller, CampaignRef(campaign=view.id), reason)
    except Refused:
        return 0
    return 1
