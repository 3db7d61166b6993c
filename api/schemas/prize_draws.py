"""Prize draws as they are told; members are named by their numbers alone."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from core.insight.prize_draws import MemberPrizeDraw, Odds, PlayView, PrizeDrawView, RoundHead
from core.services.common import Wish


class PlayForm(Wish):
    """price, commitment: what the member was shown; where one has changed since, the play is refused."""

    price: Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)] | None = None
    commitment: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class PrizeDrawList(BaseModel):
    """All of them: a program has never more than a few."""

    items: list[PrizeDrawView]


class MemberPrizeDrawList(BaseModel):
    """All of them, as one member has them."""

    items: list[MemberPrizeDraw]


class RoundList(BaseModel):
    """All of them, the newest first."""

    items: list[RoundHead]


class RoundOut(RoundHead):
    """odds: of every version of the program that judged one of these plays. items: by their numbers."""

    draw: str
    odds: list[Odds]
    items: list[PlayView]
    next: str | None
