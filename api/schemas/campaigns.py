"""Campaigns over HTTP: what the address does not say, and lists by the page."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from core.insight.amendments import Amended
from core.insight.campaigns import CampaignDelivery, CampaignView, Progress
from core.insight.members import MemberRef
from core.rules.campaigns import Arm
from core.services.campaigns.campaigning import Sha256
from core.services.common import Wish


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


class CampaignOut(CampaignView):
    """progress: what became of it so far. contents: as it was launched; amended: what was put right or taken back,
    as `GET /v1/campaigns/{campaign}/amendments` lists it."""

    progress: Progress
    amended: Amended


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
