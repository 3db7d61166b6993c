"""Journeys that could never fire, or would every day, and messages that could not say or bring what they promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError

from core.program.calendars import FESTIVALS, festival
from core.program.faults import Finding, Path, did_you_mean, step
from core.program.filters import Filter
from core.program.find import Data, find, ids
from core.program.journey_texts import FILLED, PLACEHOLDER, asked_for, fillable
from core.program.journeys import REVIEW
from core.program.mending import show
from core.program.season_checks import given_outside, season_of

DAY_H = 24
_EVENTS = ("joined", "purchase", "tier_reached", "tier_lost", "complaint_settled")
_LOOKED_AT_DAILY = ("stage", "reward_in_reach", "day")
_BEFORE_ONLY = ("points_expire", "coupon_expires", "tier_at_risk")
_OWN_KEYS = {
    "nth": "purchase",
    "festival": "festival",
    "date": "festival",
    "stage": "stage",
    "months": "dormant",
    "reward": "reward_in_reach",
    "missing": "reward_in_reach",
    "least": "points_expire",
}
"""Keys that mean something for one trigger alone."""
_NEEDED = {"stage": "stage", "dormant": "months", "reward_in_reach": "reward"}
_EXAMPLES = {"stage": 'stage = "silent"', "months": "months = 24", "reward": 'reward = "tote"'}


def _journeys(data: Data) -> Iterator[tuple[Path, dict[str, Any], str]]:
    for path, journey in find(data, "journeys.*"):
        on = step(journey, "on")
        if isinstance(journey, dict) and isinstance(on, str) and on in FILLED:
            yield path, journey, on


def _steps(path: Path, journey: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any], int]]:
    for place, each in find(journey, "steps.*"):
        days = step(each, "days") or 0
        if isinstance(each, dict) and isinstance(days, int):
            yield (*path, *place), each, days


def _keys(data: Data) -> Iterator[Finding]:
    for path, journey, on in _journeys(data):
        for key, owner in _OWN_KEYS.items():
            if key in journey and on != owner:
                yield Finding(
                    (*path, key), f"{key} does nothing on {show(on)}", f"remove it, or write on = {show(owner)}"
                )
        needed = _NEEDED.get(on)
        if needed and needed not in journey:
            yield Finding(path, f"on {show(on)} it must say which", f"add {_EXAMPLES[needed]}")
        if on == "festival" and ("festival" in journey) == ("date" in journey):
            yield Finding(path, "it names no day, or two", 'write festival = "mid_autumn" or date = "10-18"')


def _never(data: Data) -> Iterator[Finding]:
    """What cannot happen in this program."""
    tiers, kind = ids(data, "tiers"), step(step(data, "tiering"), "kind")
    expires = step(step(data, "earning"), "expires")
    for path, _, on in _journeys(data):
        if on == "points_expire" and expires == "never":
            yield Finding((*path, "on"), "it can never fire: points never lapse", "remove it")
        elif on == "coupon_expires" and not data.get("coupons"):
            yield Finding((*path, "on"), "it can never fire: there are no coupons", "remove it, or add [[coupons]]")
        elif on.startswith("tier_") and len(tiers) == 1:
            yield Finding((*path, "on"), "it can never fire: there is one tier only", "remove it")
        elif on in ("tier_at_risk", "tier_lost") and kind == "cards":
            yield Finding((*path, "on"), "it can never fire: a card is never lost", "remove it")


def _days(data: Data) -> Iterator[Finding]:
    for path, journey, on in _journeys(data):
        seen: set[int] = set()
        for place, _, days in _steps(path, journey):
            if days in seen:
                message = f"there are two steps of {days} days, and a member gets the first of them"
                yield Finding((*place, "days"), message, "give each step days of its own")
            seen.add(days)
            yield from _direction(data, (*place, "days"), on, days)


def _direction(data: Data, path: Path, on: str, days: int) -> Iterator[Finding]:
    longest = _longest(data, on)
    if on in _EVENTS and days < 0:
        yield Finding(path, "it can never fire: nobody knows of it before", "write days = 0 or more")
    elif on in _LOOKED_AT_DAILY and days:
        yield Finding(path, "it is looked at every day, and has no day to count from", "remove days")
    elif on in _BEFORE_ONLY and days > 0:
        yield Finding(path, "it can never fire: it is over by then", f"write days = -{days}")
    elif longest is not None and -days > longest:
        message = f"it can never fire: what lapses lasts {longest} days at most"
        yield Finding(path, message, f"write days = -{longest} or nearer")


def _longest(data: Data, on: str) -> int | None:
    """For how many days there can be something that lapses; None: no limit is known."""
    if on == "coupon_expires":
        days = [step(step(each, "validity"), "days") for _, each in find(data, "coupons.*")]
        return max(days) - 1 if days and all(isinstance(each, int) for each in days) else None
    earning = step(data, "earning")
    months = step(earning, "expires_months") or 12
    by_months = on == "points_expire" and (step(earning, "expires") or "months") == "months"
    return 31 * months if by_months and isinstance(months, int) else None


def _every_day(data: Data) -> Iterator[Finding]:
    for path, journey, on in _journeys(data):
        if on == "day" and "audience" not in journey:
            yield Finding((*path, "on"), "it would fire for everybody every day", "add an audience, and once")
        elif on in ("day", "reward_in_reach") and journey.get("once", "each") == "each":
            yield Finding((*path, "on"), "it would fire for the same members every day", 'add once = "month"')


def _texts(data: Data) -> Iterator[Finding]:
    for path, journey, on in _journeys(data):
        for place, each, _ in _steps(path, journey):
            known = fillable(on, "coupon" in each, "points" in each)
            for language, text in (each["text"] if isinstance(each.get("text"), dict) else {}).items():
                if isinstance(text, str):
                    yield from _text((*place, "text", language), text, known)
            yield from _button(place, each, on)


def _button(path: Path, each: dict[str, Any], on: str) -> Iterator[Finding]:
    if each.get("opens") == REVIEW:
        if on != "purchase":
            yield Finding((*path, "opens"), "there is no purchase to review", 'write opens = "feedback", with a button')
        if each.get("button"):
            yield Finding((*path, "button"), "its stars are its buttons", "remove button")
    elif ("opens" in each) != bool(each.get("button")):
        missing = 'opens = "coupons"' if each.get("button") else 'button = { en = "…", zh-Hans = "…" }'
        yield Finding(path, "a button is what stands on it and what it opens", f"add {missing}")


def _text(path: Path, text: str, known: tuple[str, ...]) -> Iterator[Finding]:
    for name in asked_for(text):
        if name not in known:
            mend = did_you_mean(name, list(known), f"known here: {', '.join(known)}")
            yield Finding(path, f"nothing fills {{{name}}}", mend)
    if {"{", "}"} & set(PLACEHOLDER.sub("", text)):
        yield Finding(path, "a brace stands alone", "write placeholders as {name}, in small letters")


def _gifts(data: Data) -> Iterator[Finding]:
    for path, journey, on in _journeys(data):
        for place, each, days in _steps(path, journey):
            template = next((one for _, one in find(data, "coupons.*") if step(one, "id") == each.get("coupon")), None)
            if each.get("coupon") and template is not None:
                yield from _outlives((*place, "coupon"), journey, each, days, step(template, "validity"))
            if on == "birthday" and "coupon" in each and "birthday" in data:
                message = "[birthday] gives a coupon already"
                yield Finding((*place, "coupon"), message, "remove it here, or remove [birthday]")
        with_coupon = [days for _, each, days in _steps(path, journey) if "coupon" in each]
        last = max((days for _, _, days in _steps(path, journey)), default=0)
        if "coupon_used" in (journey.get("ends") or []) and not any(days < last for days in with_coupon):
            yield Finding(
                (*path, "ends"), "no coupon comes before its last step", "remove coupon_used, or add a coupon"
            )


_ONE_TIME = "the coupon is valid at one time only, and this may be any"
_ANY_TIME = "choose one with validity = { days = 30 }"


def _outlives(path: Path, journey: dict[str, Any], each: dict[str, Any], days: int, validity: Any) -> Iterator[Finding]:
    """A coupon must still be good when its message arrives as late as it may."""
    hours, lasts = step(each, "hours") or DAY_H, step(validity, "days")
    if isinstance(lasts, int) and isinstance(hours, int) and (lasts - 1) * DAY_H < hours:
        message = f"the coupon lasts {lasts} days, and the message may arrive {hours} hours late"
        yield Finding(path, message, f"write hours = {max(1, (lasts - 1) * DAY_H)}, or a longer validity")
    season, late = season_of(validity), timedelta(hours=hours if isinstance(hours, int) else DAY_H)
    if season is not None and journey["on"] == "festival":
        yield from given_outside(path, journey, days, season, _clock(each), late)
    elif season is not None:
        yield Finding(path, _ONE_TIME, _ANY_TIME)
    since, until = step(validity, "since"), step(validity, "until")
    if isinstance(since, datetime) and isinstance(until, datetime) and since.tzinfo and until.tzinfo:
        if journey["on"] != "festival":
            yield Finding(path, _ONE_TIME, _ANY_TIME)
            return
        given = [at for at in _festivals(journey, days, _clock(each), since, until) if since <= at < until]
        if not given:
            message = "the coupon is never valid when it would be given"
            yield Finding(path, message, "move the dates of the coupon, or choose one with validity = { days = 30 }")
        elif not any(at + late <= until for at in given):
            message = f"the coupon is over on {until.date().isoformat()}, and the message may arrive {hours} hours late"
            yield Finding(path, message, "write fewer hours, or let the coupon last longer")


def _clock(each: dict[str, Any]) -> time:
    try:
        return time.fromisoformat(each.get("at", "10:00"))
    except (TypeError, ValueError):  # which is told by itself
        return time(10)


def _festivals(journey: dict[str, Any], days: int, clock: time, since: datetime, until: datetime) -> Iterator[datetime]:
    """When it would be given, in the years around the coupon's."""
    for year in range(since.year, until.year + 1):
        day = f"{year}-{journey.get('date', '01-01')}"
        if journey.get("festival") in FESTIVALS:
            day = festival(journey["festival"], year).isoformat()
        try:
            yield datetime.combine(date.fromisoformat(day), clock, since.tzinfo) + timedelta(days=days)
        except ValueError:  # a day that this year lacks, or none at all, which is told elsewhere
            continue


_ASKED = {"tier": "tiers", "coupon": "coupons"}


def _audiences(data: Data) -> Iterator[Finding]:
    """Filters that ask for what the program does not have."""
    for path, journey, _ in _journeys(data):
        try:
            filter_ = Filter.model_validate(journey["audience"])
        except (KeyError, ValidationError):
            continue
        for asked in filter_.conditions():
            nouns = _ASKED.get(asked.fact or "")
            known = ids(data, nouns) if nouns else []
            for value in asked.values() if nouns else ():
                if value not in known:
                    message = f"there is no {asked.fact} {show(value)}"
                    yield Finding(
                        (*path, "audience"), message, did_you_mean(str(value), known, f"known: {', '.join(known)}")
                    )


JOURNEY_CHECKS = (_keys, _never, _days, _every_day, _texts, _gifts, _audiences)
