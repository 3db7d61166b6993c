"""Occasions that happen at a moment of their own: joining, a purchase, a change of tier, a settled complaint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from core.db import care_queries as queries
from core.db.care_queries import Asked
from core.rules import care
from core.rules.terms import business_day
from core.services.care.care_window import OVERLAP, Due, Facts, Move, Window

_EVENTS: dict[str, Callable[[Window, queries.Span], Asked]] = {
    "joined": lambda window, span: queries.joined(span),
    "purchase": lambda window, span: queries.bought(window.session, span, window.journey.nth),
    "tier_reached": lambda window, span: queries.changed_tier(window.session, span, window.program, True),
    "tier_lost": lambda window, span: queries.changed_tier(window.session, span, window.program, False),
    "complaint_settled": lambda window, span: queries.settled_complaint(span),
}


def of_events(window: Window) -> Iterator[list[Due]]:
    """A chunk may hold nobody: spans are wider than the window, and each row is looked at."""
    step, after, until = window.step, window.after - OVERLAP, window.until
    zones: list[str | None] = [None] if step.at is None else [*window.zones]
    for zone in zones:
        for span in care.events_due(step, after, until, ZoneInfo(zone) if zone else window.zone):
            yield from _events_in(window, span, zone)
    for move in window.moves:
        for span in care.events_due(step, window.after - care.FURTHEST, window.after, ZoneInfo(move.zone)):
            yield from _events_in(window, span, move.zone, move)


def _events_in(window: Window, span: queries.Span, zone: str | None, move: Move | None = None) -> Iterator[list[Due]]:
    asked = _EVENTS[window.journey.on](window, span)
    if "purchase" in window.journey.ends:
        asked = queries.not_bought_since(asked, asked.selected_columns.began_at)
    for rows in queries.stream(window.session, window.ask(asked, zone, move)):
        yield [due for row in rows if (due := _event(window, row, move)) is not None]


def _event(window: Window, row: Any, move: Move | None) -> Due | None:
    journey, step, zone = window.journey, window.step, window.zone_of(row)
    moment = care.moment_after(row.event_at, step, zone)
    if move is not None:
        before = care.moment_after(row.event_at, step, ZoneInfo(move.before))
        if not moment <= window.after < before:
            return None
        moment = move.moment(moment, before, row.zone_since)
    elif not window.after - OVERLAP < moment <= window.until:
        return None
    day = business_day(moment, zone)
    still: Facts = {"not_bought_since": row.began_at.isoformat()} if "purchase" in journey.ends else {}
    if journey.on in ("tier_reached", "tier_lost"):
        still["tier"] = row.tier
    happened = business_day(row.event_at, window.zone)  # the same wherever the member has moved since
    return Due(row, moment, care.occasion(journey, step, row.what, happened), day, still=still)
