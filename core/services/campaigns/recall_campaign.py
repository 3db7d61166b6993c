"""A campaign is taken back: what has not left never will, and what was delivered is deleted.

One person may do it: it only ever says less, and whoever sees that something wrong is going out need not wait.
"""

from __future__ import annotations

from sqlmodel import Session

from core.db import amendment_queries as queries
from core.db import campaign_queries, delivery_queries
from core.insight.amendments import AmendmentView
from core.rules.campaigns import digest
from core.services.campaigns.amending import in_force, launched, viewed
from core.services.campaigns.campaigning import CampaignId, noted
from core.services.campaigns.correct_campaign import Reason
from core.services.common import Wish
from core.services.deliveries.pause_source import end_rows
from core.services.once import Caller, once
from core.shop import Shop


class Recall(Wish):
    """reason: for later."""

    campaign: CampaignId
    reason: Reason


def recall_campaign(shop: Shop, caller: Caller, wish: Recall) -> AmendmentView:
    """A message that is too old for Telegram to delete (48 hours) is made to say that it was withdrawn.

    Refused: unknown-campaign, campaign-in-another-state, campaign-recalled.
    """

    def work(session: Session) -> AmendmentView:
        now = shop.now()
        view = launched(session, wish.campaign)
        queries.hold_senders(session)
        delivery_queries.stop(session, view.source, True, now)
        if view.status in campaign_queries.UNDER_WAY:
            campaign_queries.change(session, view.id, {"status": "cancelled"})
        queries.withdraw_waiting(session, view.source)
        values = {
            "source": view.source,
            "kind": "recall",
            "reason": wish.reason,
            "changes": [],
            "sha256": digest({"campaign": view.id, "recall": True}),
            "asked_by": caller.actor,
            "asked_at": now,
        }
        amendment_id = queries.add(session, values | in_force(session, view.source, now))
        noted(shop, session, caller, "recall_campaign", view.id, amendment=amendment_id, reason=wish.reason)
        return viewed(session, amendment_id)

    recalled = once(shop, caller, wish, AmendmentView, work)
    end_rows(shop, campaign_queries.source_of(wish.campaign))
    return recalled
