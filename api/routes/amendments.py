"""What comes after a campaign was sent: correcting it, recalling it, what it brought, and why somebody got it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Staff
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.languages import Language
from api.problems import problems
from api.routes.campaigns import CampaignNumber
from api.schemas.amendments import AmendmentList, CorrectionApprovalForm, CorrectionForm, RecallForm, WhyOut
from api.wishes import wish
from core.insight.amendments import AmendmentView, amendments_of
from core.insight.campaign_results import WINDOW_DAYS, CampaignResults, PointsWorth, WindowDays, campaign_results
from core.insight.campaigns import campaign as campaign_of
from core.insight.members import MemberRef
from core.insight.why_delivery import why_delivery
from core.services.campaigns.approve_correction import CorrectionApproval, approve_correction
from core.services.campaigns.correct_campaign import Correction, correct_campaign
from core.services.campaigns.recall_campaign import Recall, recall_campaign
from core.words.why import why_words

router = APIRouter(prefix="/v1/campaigns/{campaign}", tags=["campaigns"])
AmendmentNumber = Annotated[int, Path(ge=1, le=2**53 - 1, description="The correction's id.")]
MemberId = Annotated[int, Path(ge=1, le=2**53 - 1, description="The member's id.")]
READS = problems(401, 403, 404, 422)
WRITES = problems(400, 401, 403, 404, 409, 413, 415, 422)


@router.get("/amendments", summary="A campaign's corrections and its recall", responses=READS)
def amendments(shop: ShopOf, holder: Staff, campaign: CampaignNumber) -> AmendmentList:
    """Scope: staff. Each with what became of the messages that had left."""
    with shop.read() as session:
        return AmendmentList(items=amendments_of(session, campaign_of(session, campaign).id))


@router.post("/corrections", status_code=201, summary="Correct a launched campaign", responses=WRITES)
def correct(shop: ShopOf, holder: Staff, key: Key, campaign: CampaignNumber, form: CorrectionForm) -> AmendmentView:
    """Scope: staff. Changes nothing before somebody else has approved it. A photo stays."""
    return correct_campaign(shop, caller(holder, key), wish(Correction, form, campaign=campaign))


@router.post("/corrections/{amendment}/approve", summary="Approve a correction", responses=WRITES)
def approve(
    shop: ShopOf,
    holder: Staff,
    key: Key,
    campaign: CampaignNumber,
    amendment: AmendmentNumber,
    form: CorrectionApprovalForm,
) -> AmendmentView:
    """Scope: staff. By a second person: refused (own-correction) to whoever asked. What leaves from then on says it,
    and what had left is edited."""
    wanted = wish(CorrectionApproval, form, campaign=campaign, amendment=amendment)
    return approve_correction(shop, caller(holder, key), wanted)


@router.post("/recall", status_code=201, summary="Recall a campaign", responses=WRITES)
def recall(shop: ShopOf, holder: Staff, key: Key, campaign: CampaignNumber, form: RecallForm) -> AmendmentView:
    """Scope: staff. What has not left never will; what was delivered is deleted, or, after 48 hours, made to say that
    it was withdrawn. One person may do it."""
    return recall_campaign(shop, caller(holder, key), wish(Recall, form, campaign=campaign))


@router.get("/results", summary="What a campaign brought", responses=READS)
def results(
    shop: ShopOf,
    holder: Staff,
    campaign: CampaignNumber,
    window_days: Annotated[WindowDays, Query(description="How long after it began purchases count.")] = WINDOW_DAYS,
    points_worth: Annotated[PointsWorth | None, Query(description="What 100 points cost, in minor units.")] = None,
) -> CampaignResults:
    """Scope: staff. Deliveries, taps, claims, redemptions, and spend net of reward cost against those held out, with an
    interval of 95 % and a verdict that may be not-conclusive."""
    with shop.read() as session:
        return campaign_results(shop, session, campaign, window_days, points_worth)


@router.get("/members/{member_id}", summary="Why a member got it, or did not", responses=READS)
def why(shop: ShopOf, holder: Staff, language: Language, campaign: CampaignNumber, member_id: MemberId) -> WhyOut:
    """Scope: staff. As data and in words."""
    with shop.reading() as (session, program):
        told = why_delivery(shop, session, campaign, MemberRef(id=member_id))
    facts = told.model_dump()
    return WhyOut(**facts, why=why_words(program, facts | {"unmet": told.unmet}, language))
