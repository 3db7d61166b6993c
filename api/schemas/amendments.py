"""Corrections, recalls and why over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from core.insight.amendments import AmendmentView
from core.insight.why_delivery import WhyDelivery
from core.services.campaigns.campaigning import Sha256
from core.services.campaigns.correct_campaign import Reason, Words
from core.services.common import Wish


class CorrectionForm(Wish):
    """contents: those that change; the others stay. reason: for whoever approves it, and for later."""

    contents: Annotated[list[Words], Field(min_length=1, max_length=100)]
    reason: Reason


class CorrectionApprovalForm(Wish):
    """sha256: of the correction that was read."""

    sha256: Sha256


class RecallForm(Wish):
    """reason: for later."""

    reason: Reason


class AmendmentList(BaseModel):
    """Oldest first."""

    items: list[AmendmentView]


class WhyOut(WhyDelivery):
    """why: in words, in the language that was asked for (Accept-Language)."""

    why: list[str]
