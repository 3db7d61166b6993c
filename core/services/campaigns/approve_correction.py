"""A second person lets a correction come into force, word for word as it was read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from core.db import amendment_queries as queries
from core.insight.amendments import AmendmentView, found
from core.rules.refusal import Refused
from core.services.campaigns.amending import in_force, launched, viewed
from core.services.campaigns.campaigning import CampaignId, Sha256, noted
from core.services.common import Wish
from core.services.once import Caller, once
from core.services.programs.publishing import person
from core.shop import Shop


class CorrectionApproval(Wish):
    """sha256: of the correction that was read, so that no other can be approved."""

    campaign: CampaignId
    amendment: Annotated[int, Field(strict=True, ge=1, le=2**53 - 1)]
    sha256: Sha256


def approve_correction(shop: Shop, caller: Caller, wish: CorrectionApproval) -> AmendmentView:
    """From this moment on what leaves says it; what had left is edited by the sender, as fast as it sends.

    Refused: unknown-campaign, campaign-in-another-state, campaign-recalled, unknown-amendment,
    correction-not-waiting, correction-changed, own-correction.
    """

    def work(session: Session) -> AmendmentView:
        campaign = launched(session, wish.campaign)  # before the amendment, as whoever recalls it does
        row = found(queries.locked(session, wish.amendment), wish.amendment)
        if row.source != campaign.source:
            raise Refused("unknown-amendment", amendment=wish.amendment)
        if row.status != "awaiting_approval":
            raise Refused("correction-not-waiting", amendment=row.id, status=row.status)
        if row.sha256 != wish.sha256:
            raise Refused("correction-changed", amendment=row.id, sha256=row.sha256)
        if person(row.asked_by) == person(caller.actor):
            raise Refused("own-correction", by=row.asked_by)
        queries.hold_senders(session)
        for change in row.changes:
            queries.say(session, change["content_id"], change["after"]["text"], change["after"]["buttons"])
        begun = in_force(session, row.source, shop.now())
        queries.change(session, row.id, {**begun, "approved_by": caller.actor})
        noted(shop, session, caller, "approve_correction", campaign.id, amendment=row.id, sha256=row.sha256)
        return viewed(session, row.id)

    return once(shop, caller, wish, AmendmentView, work)
