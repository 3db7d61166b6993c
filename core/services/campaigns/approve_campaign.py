"""A second person agrees to a campaign, word for word as it was read."""

from __future__ import annotations

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.rules.refusal import Refused
from core.services.campaigns.campaigning import CampaignHead, CampaignId, Sha256, head, locked, noted
from core.services.common import Wish
from core.services.once import Caller, once
from core.services.programs.publishing import person
from core.shop import Shop


class Approval(Wish):
    """sha256: of what was read, so that nothing else can be approved."""

    campaign: CampaignId
    sha256: Sha256


def approve_campaign(shop: Shop, caller: Caller, wish: Approval) -> CampaignHead:
    """Whoever drafted or changed it, or asked for approval, cannot approve it.

    Refused: unknown-campaign, campaign-in-another-state, own-campaign, campaign-changed, key-reused.
    """

    def work(session: Session) -> CampaignHead:
        row, view = locked(session, wish.campaign, ["awaiting_approval"])
        if person(caller.actor) in {person(author) for author in row.authors}:
            raise Refused("own-campaign", campaign=view.id, by=caller.actor)
        if wish.sha256 != view.sha256:
            raise Refused("campaign-changed", campaign=view.id, sha256=view.sha256)
        agreed = {"approved_by": caller.actor, "approved_at": shop.now(), "approved_sha256": view.sha256}
        queries.change(session, view.id, {**agreed, "status": "approved"})
        noted(shop, session, caller, "approve_campaign", view.id, sha256=view.sha256)
        return head(session, view.id)

    return once(shop, caller, wish, CampaignHead, work)
