"""Journeys: what members are sent as time passes, how it goes, and holding it back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Staff
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.problems import problems
from api.schemas.journeys import JourneyList
from core.insight import journeys as insight
from core.insight.journeys import JourneyView
from core.services.care.pause_journey import JourneyHead, JourneyRef, pause_journey, resume_journey

router = APIRouter(prefix="/v1/journeys", tags=["journeys"])
JourneyId = Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,39}$", description="The journey's id in the program.")]
WRITES = problems(400, 401, 403, 404, 409, 422)


@router.get("", summary="The journeys of the program", responses=problems(401, 403))
def journeys(shop: ShopOf, holder: Staff) -> JourneyList:
    """Scope: staff. Each with what became of its messages so far."""
    with shop.read() as session:
        return JourneyList(items=insight.journeys(shop, session))


@router.get("/{journey}", summary="A journey and its numbers", responses=problems(401, 403, 404, 422))
def one(shop: ShopOf, holder: Staff, journey: JourneyId) -> JourneyView:
    """Scope: staff. By state, and for what was not sent by reason."""
    with shop.read() as session:
        return insight.journey(shop, session, journey)


@router.post("/{journey}/pause", summary="Hold a journey back", responses=WRITES)
def pause(shop: ShopOf, holder: Staff, key: Key, journey: JourneyId) -> JourneyHead:
    """Scope: staff. Nothing of it is planned or leaves until it is resumed."""
    return pause_journey(shop, caller(holder, key), JourneyRef(journey=journey))


@router.post("/{journey}/resume", summary="Let a journey go on", responses=WRITES)
def resume(shop: ShopOf, holder: Staff, key: Key, journey: JourneyId) -> JourneyHead:
    """Scope: staff. With what falls due from now on."""
    return resume_journey(shop, caller(holder, key), JourneyRef(journey=journey))
