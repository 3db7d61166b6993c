"""What holds in a season of every year, as from when until when it does now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from core.program.benefits import MemberPrice
from core.program.prize_draws import PrizeDraw
from core.program.schema import Offer
from core.program.seasons import Season
from core.rules.terms import business_day, start_of_day

Dated = TypeVar("Dated", Offer, MemberPrice, PrizeDraw)


def season_at(season: Season, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From (inclusive) and until (exclusive) of the season that runs at that moment, else of the next one."""
    first, last = season.around(business_day(at, zone))
    return start_of_day(first, zone), start_of_day(last + timedelta(days=1), zone)


def dated(part: Dated, at: datetime, zone: ZoneInfo) -> Dated:
    """The same with its season, if it has one, as `since` and `until`: of the one that runs at that moment, else of the
    next one."""
    if part.season is None:
        return part
    since, until = season_at(part.season, at, zone)
    return part.model_copy(update={"since": since, "until": until})
