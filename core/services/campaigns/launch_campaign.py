"""An approved campaign is let go: from now on the scheduler plans it, and the worker sends what is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.insight.campaigns import CampaignView, campaign
from core.insight.recipients import first_misfit, nobody
from core.rules.campaigns import plan_from, time_fault
from core.rules.refusal import Refused
from core.services.campaigns.campaigning import CampaignHead, CampaignRef, check_said, head, locked, noted
from core.services.deliveries.plan_deliveries import Buttons, add_content
from core.services.once import Caller, once
from core.shop import Shop


def launch_campaign(shop: Shop, caller: Caller, wish: CampaignRef) -> CampaignHead:
    """Planning begins when it is due where it is due first, in plan_campaigns.

    Refused: unknown-campaign, campaign-in-another-state (launched already, not approved), campaign-changed (a segment
    asks something else since it was approved), key-reused, and as check_ready.
    """
    with shop.read() as session:
        if campaign(session, wish.campaign).status == "approved":
            check_ready(shop, session, wish.campaign)

    def work(session: Session) -> CampaignHead:
        row, view = locked(session, wish.campaign, ["approved"])
        if view.sha256 != row.approved_sha256:
            raise Refused("campaign-changed", campaign=view.id, sha256=view.sha256)
        queries.change(session, view.id, _launched(view, caller, shop.now()))
        _keep_contents(session, view)
        noted(shop, session, caller, "launch_campaign", view.id, sha256=view.sha256)
        return head(session, view.id)

    return once(shop, caller, wish, CampaignHead, work)


def check_ready(shop: Shop, session: Session, campaign_id: int) -> None:
    """Whether it could be launched now; looks at every member it is for, unless its texts fit everybody.

    Refused: unknown-campaign, as check_said, campaign-in-the-past, campaign-ends-before, campaign-audience-empty,
    campaign-reaches-nobody, message-placeholder-unfilled, message-text-too-long, message-text-blank.
    """
    view, now = campaign(session, campaign_id), shop.now()
    program = shop.version_at(session, now).program
    check_said(shop, session, view, program)
    wrong = time_fault(view.schedule, view.ends_at, program.program.zone, now)
    wrong = wrong or nobody(shop, session, view, program) or first_misfit(shop, session, view, program)
    if wrong is not None:
        raise Refused(wrong.reason, **wrong.facts)


def _launched(view: CampaignView, caller: Caller, now: datetime) -> dict[str, Any]:
    return {
        "status": "launched",
        "launched_by": caller.actor,
        "launched_at": now,
        "plan_from": plan_from(view.schedule, now),
        "canary_left": view.canary.first if view.canary else None,
    }


def _keep_contents(session: Session, view: CampaignView) -> None:
    rows = []
    for each in view.contents:
        buttons: Buttons = [[button.row() for button in row] for row in each.buttons]
        content_id = add_content(session, each.text, each.photo, buttons or None)
        rows.append({"campaign_id": view.id, "arm": each.arm, "language": each.language, "content_id": content_id})
    queries.add_contents(session, rows)
