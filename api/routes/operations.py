"""For those who run it: is it alive, can it serve, what does it count."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel

from api.depends import ShopOf
from api.metrics import Metrics, QueuesOf, TicksOf
from api.problems import problems
from core.shop import DatabaseUnavailable, Shop

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    status: Literal["ok"] = "ok"
    program: str
    version: int


@router.get("/healthz", summary="Is the process alive")
async def healthz() -> Health:
    """Answers as long as the process does; asks nobody."""
    return Health()


@router.get("/readyz", summary="Can it serve", responses=problems())
def readyz(shop: ShopOf) -> Readiness:
    """The database answers and a program is in force."""
    with shop.read() as session:
        version = shop.version_at(session, shop.now())
    return Readiness(program=version.program.program.id, version=version.id)


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": "regulars_http_problems_total 0.0"}}}},
)
def metrics(request: Request, shop: ShopOf) -> PlainTextResponse:
    """Requests by route and status, their durations, problems by reason; and of the ticks of the whole shop: when each
    last ran, how long it took, and what it planned, sent and left out, by reason, in the last day; what waits
    to be sent or answered, since when; and whether Telegram refuses a bot's token."""
    counted: Metrics = request.app.state.metrics
    figures = generate_latest(counted.registry) + _of_the_shop(shop)
    return PlainTextResponse(figures, media_type=CONTENT_TYPE_LATEST)


def _of_the_shop(shop: Shop) -> bytes:
    """Nothing while the database is not to be had: the process's own figures are wanted then, too."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(TicksOf(shop))
    registry.register(QueuesOf(shop))
    try:
        return generate_latest(registry)
    except DatabaseUnavailable:
        return b""
