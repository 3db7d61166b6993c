"""Seasons that stand beside dates, last the whole year, or are over when what hangs on them comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError

from core.program.calendars import FESTIVALS, festival
from core.program.faults import Finding, Path, step
from core.program.find import Data, find
from core.program.mending import show
from core.program.seasons import Season, day_of
from core.program.values import LEAP_YEAR

_DATED = ("offers.*", "member_prices.*", "prize_draws.*")
_DAYS = [date(LEAP_YEAR, 1, 1) + timedelta(days=each) for each in range(366)]
_YEARS = range(2026, 2026 + 19)
"""After nineteen years the days of the lunar calendar come again, nearly (the cycle of Meton)."""


def season_of(written: Any) -> Season | None:
    """None: it is none, or has not its shape, which is told by itself."""
    try:
        return Season.model_validate(written)
    except ValidationError:
        return None


def at_one_time(validity: Any) -> bool:
    """Whether a coupon is good between moments, or in a season, whenever it is issued."""
    return any(step(validity, key) is not None for key in ("since", "until", "first_day", "last_day"))


def given_outside(
    path: Path, journey: dict[str, Any], days: int, season: Season, clock: time, late: timedelta
) -> Iterator[Finding]:
    """A coupon that a festival brings outside its season, or so late in it that the message may come after it. clock,
    late: when it is given, and how much later the message may arrive."""
    given = [each + timedelta(days=days) for year in _YEARS if (each := _day_of_festival(journey, year)) is not None]
    day = next((each for each in given if not _runs(season, each)), None)
    if day is not None:
        message = f"on {day.isoformat()} it would be given outside its season, for the next one"
        yield Finding(path, message, "widen the season, or choose one with validity = { days = 30 }")
        return
    arrives = [datetime.combine(each, clock) + late - timedelta(microseconds=1) for each in given]
    day = next((each for each, at in zip(given, arrives, strict=True) if season.around(each)[1] < at.date()), None)
    if day is not None:
        message = f"the season that {day.isoformat()} lies in is over while the message may still arrive"
        yield Finding(path, message, "write fewer hours, or widen the season")


def _day_of_festival(journey: dict[str, Any], year: int) -> date | None:
    if journey.get("festival") in FESTIVALS:
        return festival(journey["festival"], year)
    try:
        return day_of(journey["date"], year)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _seasons(data: Data) -> Iterator[Finding]:
    for pattern in _DATED:
        for path, part in find(data, pattern):
            if step(part, "season") is None:
                continue
            for key in {"since", "until"} & set(part):
                yield Finding((*path, key), "it has a season, which says when", "keep one of the two")
            season = season_of(part["season"])
            if season is not None and all(_runs(season, day) for day in _DAYS):
                yield Finding((*path, "season"), "it is the whole year", "remove it")


def _offers(data: Data) -> Iterator[Finding]:
    """Offers whose coupon is never good while they run, where one of the two has a season."""
    for path, offer in find(data, "offers.*"):
        validity = next((step(each, "validity") for _, each in find(data, "coupons.*") if _is_of(each, offer)), None)
        days = _days_of(season_of(step(offer, "season")), offer)
        good = _days_of(season_of(validity), validity)
        seasonal = season_of(step(offer, "season")) or season_of(validity)
        if seasonal and days is not None and good is not None and not set(days) & set(good):
            message = f"{show(step(offer, 'coupon'))} is never valid while the offer runs"
            yield Finding((*path, "coupon"), message, "move the season or the dates of the offer or of the coupon")


def _days_of(season: Season | None, part: Any) -> list[date] | None:
    """The days of a leap year that lie in its season or between its moments; None: it has neither."""
    if season is not None:
        return [day for day in _DAYS if _runs(season, day)]
    since, until = step(part, "since"), step(part, "until")
    if not (isinstance(since, datetime) and isinstance(until, datetime) and since.tzinfo and until.tzinfo):
        return None
    last = (until - timedelta(microseconds=1)).astimezone(since.tzinfo)
    length = min((last.date() - since.date()).days + 1, len(_DAYS))
    return [(since + timedelta(days=each)).date().replace(year=LEAP_YEAR) for each in range(length)]


def _runs(season: Season, day: date) -> bool:
    return season.around(day)[0] <= day


def _is_of(template: Any, offer: Any) -> bool:
    wanted = step(offer, "coupon")
    return isinstance(wanted, str) and step(template, "id") == wanted


SEASON_CHECKS = (_seasons, _offers)
