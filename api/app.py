"""The HTTP door: create_app puts the routes, the guards and the problems together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import Depends, FastAPI

from api import errors, reference
from api.guard import readable
from api.metrics import Metrics
from api.openapi import DESCRIPTION, TAGS, describe
from api.routes import (
    adjustments,
    amendments,
    benefits,
    campaigns,
    coupons,
    feedback,
    journeys,
    keys,
    members,
    merges,
    operations,
    photos,
    prize_draws,
    programs,
    purchases,
    reports,
    rewards,
    segments,
    staff,
    stored_value,
    telegram,
)
from api.watch import Watch
from core.insight.forecasts import Pace
from core.rules.messaging import Caps
from core.settings import Settings
from core.shop import Shop

NOUNS = [
    merges,
    members,
    purchases,
    coupons,
    rewards,
    prize_draws,
    benefits,
    stored_value,
    segments,
    adjustments,
    reports,
    programs,
    journeys,
    keys,
    staff,
    campaigns,
    amendments,
    photos,
    feedback,
    operations,
]


def create_app(
    shop: Shop,
    settings: Settings,
    *,
    on_update: Callable[[], None] | None = None,
    carry_on: Callable[[int], object] = lambda _: None,
) -> FastAPI:
    """The API of one shop. on_update: woken on the event loop when the webhook has stored an update. carry_on: told
    which campaign was just launched, resumed or called off, in a thread; without it the scheduler finds it."""

    @asynccontextmanager
    async def bounded(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        yield

    app = FastAPI(
        title="Regulars",
        summary="A loyalty programme for tills and staff",
        description=DESCRIPTION,
        version="1",
        openapi_tags=TAGS,
        lifespan=bounded,
        redirect_slashes=False,
        docs_url=None,  # FastAPI's fetches its scripts from somebody else's server; ours is in reference.py
        redoc_url=None,
        dependencies=[Depends(readable)],
    )
    app.state.shop, app.state.metrics, app.state.carry_on = shop, Metrics(), carry_on
    caps = Caps(settings.promo_per_day, settings.promo_per_week)
    app.state.pace = Pace(settings.send_rate, caps, settings.paid_broadcast)
    app.add_middleware(Watch, metrics=app.state.metrics)
    errors.install(app)
    routers = [noun.router for noun in NOUNS]
    if secret := settings.webhook_secret.get_secret_value():
        routers.append(telegram.webhook(secret, on_update))
    for router in routers:
        app.include_router(router)
    app.state.routes = [route for router in routers for route in router.routes]
    app.include_router(reference.router)
    describe(app)
    return app
