"""Holding a journey back, and letting it go on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from core.db import delivery_queries as queries
from core.db.audit_log import note
from core.insight.journeys import known
from core.services.care.care_marks import mark
from core.services.common import Result, Wish
from core.services.deliveries.plan_deliveries import CHUNK
from core.services.once import Caller, once
from core.shop import Shop


class JourneyRef(Wish):
    """journey: its id in the program."""

    journey: Annotated[str, Field(min_length=1, max_length=40)]


class JourneyHead(Result):
    id: str
    paused: bool


def pause_journey(shop: Shop, caller: Caller, wish: JourneyRef) -> JourneyHead:
    """Nothing of it is planned or leaves from now on. What is planned waits, and expires as it would have.

    Refused: journey-unknown.
    """

    def work(session: Session) -> JourneyHead:
        journey = known(shop, session, wish.journey)
        queries.stop(session, journey.source, False, shop.now())
        _move(session, journey.source, "planned", "paused")
        note(session, shop.now(), caller.actor, "pause_journey", journey.source, {})
        return JourneyHead(id=journey.id, paused=True)

    return once(shop, caller, wish, JourneyHead, work)


def resume_journey(shop: Shop, caller: Caller, wish: JourneyRef) -> JourneyHead:
    """It goes on with what falls due from now on; what fell due while it was paused is not made up for.

    Refused: journey-unknown.
    """

    def work(session: Session) -> JourneyHead:
        journey = known(shop, session, wish.journey)
        _move(session, journey.source, "paused", "planned")
        queries.let_go(session, journey.source)
        mark(session, [journey.id], shop.now())
        note(session, shop.now(), caller.actor, "resume_journey", journey.source, {})
        return JourneyHead(id=journey.id, paused=False)

    return once(shop, caller, wish, JourneyHead, work)


def _move(session: Session, source: str, before: str, after: str) -> None:
    """All in the one transaction: a journey never has as many waiting as a campaign."""
    while queries.move(session, source, [before], {"state": after}, CHUNK):
        pass
