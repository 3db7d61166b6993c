"""A campaign is called off, at any moment, for good."""

from __future__ import annotations

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.db import delivery_queries
from core.services.campaigns.campaigning import CampaignHead, CampaignRef, head, locked, noted
from core.services.deliveries.pause_source import end_rows
from core.services.once import Caller, once
from core.shop import Shop


def cancel_campaign(shop: Shop, caller: Caller, wish: CampaignRef) -> CampaignHead:
    """What did not leave never will; what is on its way arrives. Coupons that came with it stay with their members.

    Refused: unknown-campaign, campaign-in-another-state (it has ended), key-reused.
    """
    ended: list[str] = []

    def work(session: Session) -> CampaignHead:
        row, view = locked(session, wish.campaign, ["draft", "awaiting_approval", "approved", "launched", "paused"])
        never_went = row.launched_at is None
        queries.change(session, view.id, {"status": "cancelled", "ended_at": shop.now() if never_went else None})
        delivery_queries.stop(session, view.source, True, shop.now())
        noted(shop, session, caller, "cancel_campaign", view.id, was=row.status)
        ended.append(view.source)
        return head(session, view.id)

    done = once(shop, caller, wish, CampaignHead, work)
    for source in ended[-1:]:
        end_rows(shop, source)
    return done
