"""Campaigns over HTTP: what the address does not say, and lists by the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from core.insight.amendments import Amended
from core.insight.campaigns import CampaignDelivery, CampaignView, Count, Progress
from core.insight.forecasts import Comparison, Difference
from core.insight.members import MemberRef
from core.rules.campaigns import Arm
from core.services.campaigns.campaigning import Sha256
from core.services.common import Wish
from core.words.campaigns import line_words, outcome_words, paused_words


class PreviewForm(Wish):
    """members: whom to show; without them the first three whom it would be sent to."""

    members: Annotated[list[MemberRef], Field(default=[], max_length=20)]


class TestForm(Wish):
    """to: who gets it, at once. arm: one of the contents; by default each. language: by default each member's own."""

    to: Annotated[list[MemberRef], Field(min_length=1, max_length=20)]
    arm: Arm | None = None
    language: Annotated[str, Field(min_length=2, max_length=10)] | None = None


class ApprovalForm(Wish):
    """sha256: of what was read, as `GET` gives it."""

    sha256: Sha256


class CountOut(Count):
    """words: the same in the language that was asked for (Accept-Language)."""

    words: str


class ProgressOut(Progress):
    states: Sequence[CountOut]


class CampaignOut(CampaignView):
    """progress: what became of it so far. contents: as it was launched; amended: what was put right or taken back,
    as `GET /v1/campaigns/{campaign}/amendments` lists it. paused_words: paused_reason in the language that was asked
    for."""

    progress: ProgressOut
    amended: Amended
    paused_words: str | None


class DifferenceOut(Difference):
    """words: the item in the language that was asked for."""

    words: str


class ComparisonOut(Comparison):
    items: Sequence[DifferenceOut]


class CampaignPage(BaseModel):
    """next: pass it as `after` for the older ones; null at the end."""

    items: list[CampaignView]
    next: str | None


class CampaignDeliveryOut(CampaignDelivery):
    """why: why the member did, or did not, get it, in the language that was asked for (Accept-Language)."""

    why: str


class CampaignDeliveryPage(BaseModel):
    """next: pass it as `after` for the older ones; null at the end."""

    items: list[CampaignDeliveryOut]
    next: str | None


def campaign_out(view: CampaignView, progress: Progress, amended: Amended, language: str) -> CampaignOut:
    states = [
        CountOut(**each.model_dump(), words=outcome_words(each.state, each.reason, language))
        for each in progress.states
    ]
    told = ProgressOut(**progress.model_dump(exclude={"states"}), states=states)
    paused = None if view.paused_reason is None else paused_words(view.paused_reason, language)
    return CampaignOut(**view.model_dump(), progress=told, amended=amended, paused_words=paused)


def comparison_out(told: Comparison, language: str) -> ComparisonOut:
    items = [DifferenceOut(**each.model_dump(), words=line_words(each.item, language)) for each in told.items]
    return ComparisonOut(**told.model_dump(exclude={"items"}), items=items)
