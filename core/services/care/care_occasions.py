"""Which occasions of a journey's step fall due in a window of time: whom, when, for what, and what it says."""

from __future__ import annotations

from collections.abc import Iterator

from core.db import care_queries as queries
from core.program.journeys import Journey, JourneyStep
from core.rules import care
from core.services.care.care_days import of_days
from core.services.care.care_events import of_events
from core.services.care.care_window import Due, Window


def occasions(window: Window) -> Iterator[list[Due]]:
    """In chunks of at most CHUNK, streamed."""
    chunks = of_events(window) if window.journey.on in care.EVENTS else of_days(window)
    for chunk in chunks:
        left = _without_used(window, chunk) if "coupon_used" in window.journey.ends else chunk
        if left:
            yield left


def _without_used(window: Window, chunk: list[Due]) -> list[Due]:
    """Without those who used the coupon that an earlier step of the same occasion brought."""
    earlier = [each for each in window.journey.steps if each.coupon and each.days < window.step.days]
    if not earlier:
        return chunk
    sources = {id(due): [_gift_source(window.journey, due, each) for each in earlier] for due in chunk}
    redeemed = queries.redeemed(window.session, {source for each in sources.values() for source in each})
    return [due for due in chunk if not any((due.row.member_id, each) in redeemed for each in sources[id(due)])]


def _gift_source(journey: Journey, due: Due, step: JourneyStep) -> str:
    return f"{journey.source}:{due.occasion.rpartition('/')[0]}/{step.days}"
