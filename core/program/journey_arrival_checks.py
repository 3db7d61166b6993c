"""Journeys whose messages would never go out, would go out to everybody, or would say what Telegram cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from core.program.faults import Finding, Path, step
from core.program.filters import Filter
from core.program.find import Data, find
from core.program.journey_texts import PLACEHOLDER
from core.program.mending import show
from core.program.messages import QuietHours
from core.program.telegram_html import html_fault

DAY_MIN = 24 * 60
_AT_A_MOMENT = ("joined", "purchase", "tier_reached", "tier_lost", "complaint_settled")


def _steps(data: Data) -> Iterator[tuple[dict[str, Any], Path, dict[str, Any]]]:
    for path, journey in find(data, "journeys.*"):
        for place, each in find(journey, "steps.*"):
            if isinstance(journey, dict) and isinstance(each, dict):
                yield journey, (*path, *place), each


def _too_early(data: Data) -> Iterator[Finding]:
    """Steps before what they are about can be known."""
    for journey, path, each in _steps(data):
        days, on = step(each, "days"), journey.get("on")
        if not isinstance(days, int) or days >= 0:
            continue
        if on == "month":
            yield Finding((*path, "days"), "the month that it tells of is not over by then", "write days = 0 or more")
        longest = _lasts(data, journey)
        if longest is not None and -days > longest:
            message = f"it can never fire: what it is about begins {longest} days before at most"
            yield Finding((*path, "days"), message, f"write days = -{longest} or nearer")


def _lasts(data: Data, journey: dict[str, Any]) -> int | None:
    """Days from where something begins to the day that its journey counts from, at most; None: it is not known."""
    if journey.get("on") == "dormant":
        months = journey.get("months")
        return 31 * months if isinstance(months, int) else None
    tiering = step(data, "tiering")
    if journey.get("on") != "tier_at_risk" or (step(tiering, "kind") or "rolling") != "rolling":
        return None
    months, grace = step(tiering, "validity_months") or 12, step(tiering, "grace_months") or 0
    days = step(tiering, "grace_days") or 0
    known = all(isinstance(each, int) for each in (months, grace, days))
    return 31 * (months + grace) + days + 1 if known else None


def _nobody(data: Data) -> Iterator[Finding]:
    """A stage of the life cycle whose members the audience leaves out."""
    for path, journey in find(data, "journeys.*"):
        stage = step(journey, "stage")
        for asked in _all_of(step(journey, "audience")) if isinstance(stage, str) else ():
            if asked.fact == "stage" and asked.is_ == "one_of" and stage not in asked.values():
                message = f"it can never fire: the audience leaves out who is {show(stage)}"
                yield Finding((*path, "audience"), message, "remove the condition on stage, or change it")


def _all_of(audience: Any) -> Iterator[Filter]:
    """The conditions that all must hold."""
    try:
        filter_ = Filter.model_validate(audience)
    except ValidationError:
        return
    waiting = [filter_]
    while waiting:
        each = waiting.pop()
        waiting += each.all or []
        if each.fact is not None:
            yield each


def _everybody(data: Data) -> Iterator[Finding]:
    """A reward of which all points may still be missing."""
    for path, journey in find(data, "journeys.*"):
        wanted, missing = step(journey, "reward"), step(journey, "missing")
        for _, reward in find(data, "rewards.*"):
            prices = [points for _, points in find(reward, "prices.*.points") if isinstance(points, int)]
            named = isinstance(wanted, str) and step(reward, "id") == wanted
            if named and isinstance(missing, int) and prices and missing >= min(prices):
                message = f"it would fire for everybody: the reward costs {min(prices)} points"
                yield Finding((*path, "missing"), message, f"write fewer than {min(prices)}")


def _quiet(data: Data) -> Iterator[Finding]:
    """Messages that are over before the shop's quiet hours are."""
    try:
        quiet = QuietHours.model_validate(step(step(data, "messages"), "quiet_hours"))
    except ValidationError:
        return
    since, until = quiet.minutes
    for journey, path, each in _steps(data):
        clock, hours = _clock(journey, each), each.get("hours", 24)
        if journey.get("kind") == "transactional" or clock is None or not isinstance(hours, int):
            continue
        is_quiet = since <= clock < until if since < until else clock >= since or clock < until
        if is_quiet and (until - clock) % DAY_MIN >= 60 * hours:
            message = f"it can never be sent in the shop's quiet hours, which last until {show(quiet.until)}"
            mend = f"write at = {show(quiet.until)} or another time, or more hours"
            yield Finding((*path, "at" if "at" in each else "hours"), message, mend)


def _clock(journey: dict[str, Any], each: dict[str, Any]) -> int | None:
    """Minutes after midnight; None: it is sent at any time, or the time is none."""
    if "at" not in each and journey.get("on") in _AT_A_MOMENT:
        return None
    hours, _, minutes = str(each.get("at", "10:00")).partition(":")
    return 60 * int(hours) + int(minutes) if hours.isdecimal() and minutes.isdecimal() else None


def _shown(data: Data) -> Iterator[Finding]:
    """What Telegram would refuse, or show as it is written."""
    for _, path, each in _steps(data):
        for language, text in _texts(each.get("text")):
            near = html_fault(PLACEHOLDER.sub("x", text))
            if near is not None:
                message = f"Telegram takes this for no HTML, near {show(near)}"
                yield Finding(
                    (*path, "text", language), message, "close what is open, and write &lt; &gt; &amp; for < > &"
                )
        for language, text in _texts(each.get("button")):
            if PLACEHOLDER.search(text):
                message = "what stands on a button is not filled"
                yield Finding((*path, "button", language), message, "write it without placeholders")


def _texts(words: Any) -> Iterator[tuple[str, str]]:
    for language, text in words.items() if isinstance(words, dict) else ():
        if isinstance(text, str):
            yield language, text


ARRIVAL_CHECKS = (_too_early, _nobody, _everybody, _quiet, _shown)
