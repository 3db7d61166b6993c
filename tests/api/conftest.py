"""The API of a test shop, called in process."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import structlog
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from api.app import create_app
from core.services.keys import create_key
from core.settings import Settings
from core.shop import Shop

Facts = dict[str, object]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.ReturnLoggerFactory()
    )


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, threads=4)


@pytest.fixture
def app(shop: Shop, settings: Settings) -> FastAPI:
    return create_app(shop, settings)


def calling(app: FastAPI, key: str | None = None) -> AsyncClient:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    transport = ASGITransport(app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://api.test", headers=headers)


@pytest.fixture
async def anybody(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client without a key."""
    async with app.router.lifespan_context(app), calling(app) as client:
        yield client


@pytest.fixture
async def till(app: FastAPI, shop: Shop) -> AsyncIterator[AsyncClient]:
    async with app.router.lifespan_context(app), calling(app, create_key(shop, "front", ["till"])) as client:
        yield client


@pytest.fixture
async def staff(app: FastAPI, shop: Shop) -> AsyncIterator[AsyncClient]:
    async with calling(app, create_key(shop, "ann", ["staff"])) as client:
        yield client


@pytest.fixture
async def admin(app: FastAPI, shop: Shop) -> AsyncIterator[AsyncClient]:
    async with calling(app, create_key(shop, "root", ["admin"])) as client:
        yield client


def refused(response: Response, status: int, reason: str) -> Facts:
    """The facts of a problem, after checking that it is the one expected."""
    problem = response.json()
    assert (response.status_code, problem["reason"]) == (status, reason), problem
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"urn:regulars:problem:{reason}"
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["instance"] == f"urn:regulars:request:{response.headers['x-request-id']}"
    facts: Facts = problem["facts"]
    return facts
