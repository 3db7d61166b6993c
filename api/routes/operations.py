"""For those who run it: is it alive, can it serve, what does it count."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api.depends import ShopOf
from api.metrics import Metrics
from api.problems import problems

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
async def metrics(request: Request) -> PlainTextResponse:
    """Requests by route and status, their durations, problems by reason."""
    counted: Metrics = request.app.state.metrics
    return PlainTextResponse(generate_latest(counted.registry), media_type=CONTENT_TYPE_LATEST)
