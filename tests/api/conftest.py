"""The API of a test shop, called in process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import structlog
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from api.app import create_app
from core.db.database import Database
from core.db.tables import metadata
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.staff.keys import create_key
from core.settings import Settings
from core.shop import Shop

Facts = dict[str, object]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.ReturnLoggerFactory()
    )


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(_env_file=None, threads=4)


@pytest.fixture(scope="session")
def only_app(settings: Settings) -> FastAPI:
    """Built once: FastAPI makes its routes ready at their first request, which takes it a second."""
    return create_app(Shop(Database("sqlite://")), settings)


@pytest.fixture
def app(only_app: FastAPI, shop: Shop) -> FastAPI:
    only_app.state.shop, only_app.state.carry_on = shop, lambda _: None
    return only_app


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


ANNA = {"name": "Anna", "phone": "+1 212 555 0123", "card_number": "ANNA-1"}
BOUGHT_AT = "2026-03-02T14:30:00+00:00"
BREAD = {"sku": "bread", "category": "pastry", "quantity": 2, "unit_price": 450, "regular_price": 450}
APPLES = {"sku": "apples", "category": "produce/apples", "quantity": 1, "unit_price": 700, "regular_price": 900}


def basket(external_id: str = "R-1", **changes: object) -> dict[str, object]:
    """A purchase of $16.00: 9 points for bread and 10.5 for apples."""
    body = {
        "external_id": external_id,
        "member": {"card_number": "ANNA-1"},
        "occurred_at": BOUGHT_AT,
        "store": "north",
        "channel": "store",
        "lines": [BREAD, APPLES],
    }
    return body | changes


def once(key: str = "k-1") -> dict[str, str]:
    return {"Idempotency-Key": key}


@pytest.fixture
def anna(shop: Shop) -> int:
    """The id of a member with the card ANNA-1."""
    return enrol(shop, Caller("system", "anna"), EnrolForm.model_validate(ANNA)).id


@contextmanager
def unchanged(shop: Shop) -> Iterator[None]:
    """Not a row of the books is different afterwards."""
    before = rows(shop)
    yield
    assert rows(shop) == before


def rows(shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    with shop.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(table.select())), key=repr)
            for table in metadata.tables.values()
        }
