"""Journeys as they are told."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.journeys import JourneyView


class JourneyList(BaseModel):
    """All of them: a program has never more than a few dozen."""

    items: list[JourneyView]
