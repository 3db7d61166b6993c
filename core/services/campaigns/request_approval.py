"""A campaign is laid before a second person."""

from __future__ import annotations

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.insight.campaigns import campaign
from core.services.campaigns.campaigning import CampaignHead, CampaignRef, authors, head, locked, noted
from core.services.campaigns.launch_campaign import check_ready
from core.services.once import Caller, once
from core.shop import Shop


def request_approval(shop: Shop, caller: Caller, wish: CampaignRef) -> CampaignHead:
    """Whoever asks cannot approve it, nor can whoever had a hand in it.

    Refused: unknown-campaign, campaign-in-another-state, key-reused, and as check_ready.
    """
    with shop.read() as session:
        if campaign(session, wish.campaign).status == "draft":
            check_ready(shop, session, wish.campaign)

    def work(session: Session) -> CampaignHead:
        row, view = locked(session, wish.campaign, ["draft"])
        asked = {"asked_by": caller.actor, "asked_at": shop.now(), "authors": authors(row, caller)}
        queries.change(session, view.id, {**asked, "status": "awaiting_approval", "sha256": view.sha256})
        noted(shop, session, caller, "request_approval", view.id, sha256=view.sha256)
        return head(session, view.id)

    return once(shop, caller, wish, CampaignHead, work)
