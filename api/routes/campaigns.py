"""Campaigns: written by one person, approved by another, launched, watched, stopped."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api.auth import Staff
from api.depends import CarryOn, PaceOf, ShopOf
from api.idempotency import Key, caller
from api.languages import Language
from api.paging import After, Limit, cursor, number
from api.problems import problems
from api.schemas.campaigns import (
    ApprovalForm,
    CampaignDeliveryOut,
    CampaignDeliveryPage,
    CampaignOut,
    CampaignPage,
    ComparisonOut,
    PreviewForm,
    TestForm,
    campaign_out,
    comparison_out,
)
from api.wishes import wish
from core.insight import campaigns as insight
from core.insight.amendments import amended
from core.insight.campaign_preview import Preview
from core.insight.campaign_preview import preview as previewed
from core.insight.campaigns import Status
from core.insight.forecasts import Forecast
from core.insight.forecasts import comparison as compared
from core.services.campaigns.approve_campaign import Approval, approve_campaign
from core.services.campaigns.campaigning import CampaignHead, CampaignRef
from core.services.campaigns.cancel_campaign import cancel_campaign
from core.services.campaigns.change_campaign import CampaignChange, CampaignPatch, change_campaign
from core.services.campaigns.draft_campaign import CampaignForm, draft_campaign
from core.services.campaigns.forecast_campaign import forecast_campaign
from core.services.campaigns.launch_campaign import launch_campaign
from core.services.campaigns.pause_campaign import pause_campaign
from core.services.campaigns.request_approval import request_approval
from core.services.campaigns.resume_campaign import resume_campaign
from core.services.campaigns.send_test import CampaignTest, Tested, send_test
from core.words.deliveries import delivery_words

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])
CampaignNumber = Annotated[int, Path(ge=1, le=2**53 - 1, description="The campaign's id.")]
State = Literal[
    "planned", "paused", "sending", "sent", "blocked", "suppressed", "held_out", "expired", "failed", "in_doubt"
]
PAGES = problems(400, 401, 403, 404, 422)
READS = problems(401, 403, 404, 422)
WRITES = problems(400, 401, 403, 404, 409, 413, 415, 422)


@router.post("", status_code=201, summary="Draft a campaign", responses=WRITES)
def draft(shop: ShopOf, holder: Staff, key: Key, form: CampaignForm) -> CampaignHead:
    """Scope: staff. Nothing is sent before somebody else has approved it and somebody has launched it."""
    return draft_campaign(shop, caller(holder, key), form)


@router.get("", summary="The campaigns, the newest first", responses=problems(400, 401, 403, 422))
def campaigns(
    shop: ShopOf, holder: Staff, status: Status | None = None, after: After = None, limit: Limit = 50
) -> CampaignPage:
    """Scope: staff. All, or those of one status."""
    with shop.read() as session:
        found = insight.campaigns(session, number("campaign", after), limit + 1, status)
    more = cursor("campaign", str(found[limit - 1].id)) if len(found) > limit else None
    return CampaignPage(items=found[:limit], next=more)


@router.get("/{campaign}", summary="A campaign and how far it is", responses=READS)
def one(shop: ShopOf, holder: Staff, language: Language, campaign: CampaignNumber) -> CampaignOut:
    """Scope: staff. sha256 is of all that a second person agrees to; the states say what became of each recipient, as
    codes and in words."""
    with shop.read() as session:
        view, so_far = insight.campaign(session, campaign), insight.progress(session, campaign)
        return campaign_out(view, so_far, amended(session, campaign), language)


@router.patch("/{campaign}", summary="Change a campaign", responses=WRITES)
def change(shop: ShopOf, holder: Staff, key: Key, campaign: CampaignNumber, form: CampaignPatch) -> CampaignHead:
    """Scope: staff. Before launch only; it is a draft again, and an approval is void."""
    return change_campaign(shop, caller(holder, key), wish(CampaignChange, form, campaign=campaign))


@router.post("/{campaign}/forecast", summary="Say what it would do", responses=WRITES)
def forecast(shop: ShopOf, holder: Staff, pace: PaceOf, key: Key, campaign: CampaignNumber) -> Forecast:
    """Scope: staff. Who cannot be reached and why, who is left out, who gets what, until when, at what
    cost. It is kept, to be held against what happens."""
    return forecast_campaign(shop, caller(holder, key), CampaignRef(campaign=campaign), pace)


@router.get("/{campaign}/comparison", summary="The forecast against what happened", responses=READS)
def comparison(shop: ShopOf, holder: Staff, language: Language, campaign: CampaignNumber) -> ComparisonOut:
    """Scope: staff. Line by line; what no forecast knows (failed, in doubt) has a forecast of 0."""
    with shop.read() as session:
        return comparison_out(compared(session, campaign), language)


@router.post("/{campaign}/preview", summary="See it as members would", responses=WRITES)
def preview(shop: ShopOf, holder: Staff, campaign: CampaignNumber, form: PreviewForm) -> Preview:
    """Scope: staff. Every content as it is written, then as each example member would see it. Changes nothing."""
    with shop.read() as session:
        return previewed(shop, session, campaign, form.members)


@router.post("/{campaign}/test", status_code=201, summary="Send it to a chosen few", responses=WRITES)
def test(shop: ShopOf, holder: Staff, key: Key, campaign: CampaignNumber, form: TestForm) -> Tested:
    """Scope: staff. At once, whatever their quiet hours and caps say; it counts for nothing."""
    return send_test(shop, caller(holder, key), wish(CampaignTest, form, campaign=campaign))


@router.post("/{campaign}/approval", summary="Ask for approval", responses=WRITES)
def ask(shop: ShopOf, holder: Staff, key: Key, campaign: CampaignNumber) -> CampaignHead:
    """Scope: staff. Refused for what could not be launched: a time that is over, nobody meant, a text that does not fit
    one of its members."""
    return request_approval(shop, caller(holder, key), CampaignRef(campaign=campaign))


@router.post("/{campaign}/approve", summary="Approve a campaign", responses=WRITES)
def approve(shop: ShopOf, holder: Staff, key: Key, campaign: CampaignNumber, form: ApprovalForm) -> CampaignHead:
    """Scope: staff. By a second person: refused (own-campaign) to whoever drafted, changed or asked. Bound to what was
    read."""
    return approve_campaign(shop, caller(holder, key), Approval(campaign=campaign, sha256=form.sha256))


@router.post("/{campaign}/launch", summary="Launch a campaign", responses=WRITES)
def launch(shop: ShopOf, holder: Staff, go: CarryOn, key: Key, campaign: CampaignNumber) -> CampaignHead:
    """Scope: staff. Once approved, and once only. What is due at once is planned while this is answered, what is due
    later by the scheduler; the worker sends it."""
    done = launch_campaign(shop, caller(holder, key), CampaignRef(campaign=campaign))
    go(campaign)
    return done


@router.post("/{campaign}/pause", summary="Hold a campaign back", responses=WRITES)
def pause(shop: ShopOf, holder: Staff, key: Key, campaign: CampaignNumber) -> CampaignHead:
    """Scope: staff. At any moment; what is on its way already arrives."""
    return pause_campaign(shop, caller(holder, key), CampaignRef(campaign=campaign))


@router.post("/{campaign}/resume", summary="Let a paused campaign go on", responses=WRITES)
def resume(shop: ShopOf, holder: Staff, go: CarryOn, key: Key, campaign: CampaignNumber) -> CampaignHead:
    """Scope: staff. Also one that its canary has stopped."""
    done = resume_campaign(shop, caller(holder, key), CampaignRef(campaign=campaign))
    go(campaign)
    return done


@router.post("/{campaign}/cancel", summary="Call a campaign off", responses=WRITES)
def cancel(shop: ShopOf, holder: Staff, go: CarryOn, key: Key, campaign: CampaignNumber) -> CampaignHead:
    """Scope: staff. At any moment before its end, for good. Coupons that came with it stay with their members."""
    done = cancel_campaign(shop, caller(holder, key), CampaignRef(campaign=campaign))
    go(campaign)
    return done


@router.get("/{campaign}/deliveries", summary="Who got it, who did not, and why", responses=PAGES)
def deliveries(
    shop: ShopOf,
    holder: Staff,
    language: Language,
    campaign: CampaignNumber,
    state: Annotated[State | None, Query(description="Those in that state alone.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> CampaignDeliveryPage:
    """Scope: staff. The newest first, each with its state and the reason in words."""
    with shop.reading() as (session, program):
        found = insight.campaign_deliveries(session, campaign, number("delivery", after), limit + 1, state)
    more = cursor("delivery", str(found[limit - 1].id)) if len(found) > limit else None
    told = [(each.model_dump(), delivery_words(program, each.model_dump(), language)) for each in found[:limit]]
    return CampaignDeliveryPage(items=[CampaignDeliveryOut(**facts, why=why) for facts, why in told], next=more)
