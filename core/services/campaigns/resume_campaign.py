"""A paused campaign goes on."""

from __future__ import annotations

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.db import delivery_queries
from core.rules.refusal import Refused
from core.services.campaigns.campaigning import CampaignHead, CampaignRef, head, locked, noted
from core.services.deliveries.pause_source import free_rows
from core.services.once import Caller, once
from core.shop import Shop


def resume_campaign(shop: Shop, caller: Caller, wish: CampaignRef) -> CampaignHead:
    """Where the canary had stopped it, whoever resumes it has seen why: the canary is over.

    Refused: unknown-campaign, campaign-in-another-state, campaign-changed (its segment asks something else since it
    was approved), key-reused.
    """
    freed: list[str] = []

    def work(session: Session) -> CampaignHead:
        row, view = locked(session, wish.campaign, ["paused"])
        if view.sha256 != row.approved_sha256:
            raise Refused("campaign-changed", campaign=view.id, sha256=view.sha256)
        canary = {"canary_left": None} if row.paused_reason == "canary" else {}
        queries.change(session, view.id, {"status": "launched", "paused_reason": None, **canary})
        delivery_queries.let_go(session, view.source)
        noted(shop, session, caller, "resume_campaign", view.id, was=row.paused_reason)
        freed.append(view.source)
        return head(session, view.id)

    done = once(shop, caller, wish, CampaignHead, work)
    for source in freed[-1:]:
        free_rows(shop, source)
    return done
