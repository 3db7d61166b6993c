"""A campaign is held back, at any moment, at any size."""

from __future__ import annotations

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.db import delivery_queries
from core.services.campaigning import CampaignHead, CampaignRef, head, locked, noted
from core.services.once import Caller, once
from core.services.pause_source import hold_rows
from core.shop import Shop


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
