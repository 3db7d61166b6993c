"""Who may call what."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core.services.staff.keys import create_key, revoke_keys
from core.shop import Shop
from tests.api.conftest import calling, refused

STAFF = {
    ("GET", "/v1/members"),
    ("GET", "/v1/duplicates"),
    ("POST", "/v1/members/{member_id}/merge"),
    ("POST", "/v1/merges/{merge_id}/undo"),
    ("PATCH", "/v1/members/{member_id}"),
    ("GET", "/v1/members/{member_id}/deliveries"),
    ("POST", "/v1/members/{member_id}/handover"),
    ("POST", "/v1/members/{member_id}/reopen"),
    ("GET", "/v1/segments"),
    ("POST", "/v1/segments"),
    ("POST", "/v1/segments/preview"),
    ("GET", "/v1/segments/{name}"),
    ("DELETE", "/v1/segments/{name}"),
    ("GET", "/v1/segments/{name}/preview"),
    ("POST", "/v1/segments/{name}/freeze"),
    ("GET", "/v1/members/{member_id}/tags"),
    ("PUT", "/v1/members/{member_id}/tags/{tag}"),
    ("DELETE", "/v1/members/{member_id}/tags/{tag}"),
    ("POST", "/v1/coupons"),
    ("POST", "/v1/rewards/orders/{code}/cancel"),
    ("POST", "/v1/adjustments"),
    ("POST", "/v1/top-ups/{top_up_id}/take-back"),
    ("GET", "/v1/reports/stored-value"),
    ("GET", "/v1/reports/members"),
    ("GET", "/v1/feedback"),
    ("POST", "/v1/feedback/{feedback_id}/settle"),
    ("GET", "/v1/journeys"),
    ("GET", "/v1/journeys/{journey}"),
    ("POST", "/v1/journeys/{journey}/pause"),
    ("POST", "/v1/journeys/{journey}/resume"),
    ("GET", "/v1/campaigns"),
    ("POST", "/v1/campaigns"),
    ("GET", "/v1/campaigns/{campaign}"),
    ("PATCH", "/v1/campaigns/{campaign}"),
    ("POST", "/v1/campaigns/{campaign}/forecast"),
    ("GET", "/v1/campaigns/{campaign}/comparison"),
    ("POST", "/v1/campaigns/{campaign}/preview"),
    ("POST", "/v1/campaigns/{campaign}/test"),
    ("POST", "/v1/campaigns/{campaign}/approval"),
    ("POST", "/v1/campaigns/{campaign}/approve"),
    ("POST", "/v1/campaigns/{campaign}/launch"),
    ("POST", "/v1/campaigns/{campaign}/pause"),
    ("POST", "/v1/campaigns/{campaign}/resume"),
    ("POST", "/v1/campaigns/{campaign}/cancel"),
    ("GET", "/v1/campaigns/{campaign}/deliveries"),
    ("GET", "/v1/campaigns/{campaign}/amendments"),
    ("POST", "/v1/campaigns/{campaign}/corrections"),
    ("POST", "/v1/campaigns/{campaign}/corrections/{amendment}/approve"),
    ("POST", "/v1/campaigns/{campaign}/recall"),
    ("GET", "/v1/campaigns/{campaign}/results"),
    ("POST", "/v1/photos"),
    ("GET", "/v1/campaigns/{campaign}/members/{member_id}"),
}
ADMIN = {
    ("GET", "/v1/keys"),
    ("POST", "/v1/keys"),
    ("POST", "/v1/keys/{name}/revoke"),
    ("GET", "/v1/staff"),
    ("POST", "/v1/staff"),
    ("POST", "/v1/staff/{name}/revoke"),
    ("GET", "/v1/programs"),
    ("POST", "/v1/programs"),
    ("GET", "/v1/programs/{draft}"),
    ("POST", "/v1/programs/{draft}/publish"),
    ("POST", "/v1/programs/{draft}/withdraw"),
    ("GET", "/v1/programs/versions/{version}"),
}
OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")}
RANK = {"till": 0, "staff": 1, "admin": 2}


def operations(app: FastAPI) -> list[tuple[str, str]]:
    paths = app.openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def needed(operation: tuple[str, str]) -> str:
    if operation in ADMIN:
        return "admin"
    return "staff" if operation in STAFF else "till"


@pytest.mark.parametrize("held", ["till", "staff", "admin"])
async def test_each_scope_opens_its_own_routes_and_no_others(app: FastAPI, shop: Shop, held: str) -> None:
    client = calling(app, create_key(shop, "some", [held]))  # type: ignore[list-item]
    for method, path in operations(app):
        if (method, path) in OPEN:
            continue
        response = await client.request(method, re.sub(r"\{.*?\}", "7", path))
        if RANK[held] >= RANK[needed((method, path))]:
            assert response.status_code not in (401, 403), (method, path)
            continue
        facts = refused(response, 403, "scope-missing")
        assert facts["needed"] == needed((method, path))
        assert f'scope="{facts["needed"]}"' in response.headers["www-authenticate"]


async def test_the_description_names_the_scope(app: FastAPI) -> None:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if (method.upper(), path) in OPEN:
                assert "security" not in operation
                continue
            scope = needed((method.upper(), path))
            assert operation["security"] == [{"key": [scope]}]
            assert operation["description"].startswith(f"Scope: {scope}.")


async def test_every_route_but_the_open_ones_wants_a_key(app: FastAPI, anybody: AsyncClient) -> None:
    for method, path in operations(app):
        if (method, path) not in OPEN:
            response = await anybody.request(method, re.sub(r"\{.*?\}", "7", path))
            refused(response, 401, "key-missing")
            assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("sent", ["Bearer rk_wrong", "Bearer café"])
async def test_an_unknown_key_is_refused(anybody: AsyncClient, sent: str) -> None:
    response = await anybody.get("/v1/programs/current", headers={b"Authorization": sent.encode()})
    refused(response, 401, "key-unknown")
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("sent", ["", "rk_1", "Basic cms6", "Bearer"])
async def test_another_kind_of_credentials_is_none(anybody: AsyncClient, sent: str) -> None:
    refused(await anybody.get("/v1/programs/current", headers={"Authorization": sent}), 401, "key-missing")


@pytest.fixture
async def revoked(app: FastAPI, shop: Shop) -> AsyncIterator[AsyncClient]:
    key = create_key(shop, "old", ["admin"])
    revoke_keys(shop, "old")
    async with calling(app, key) as client:
        yield client


async def test_a_revoked_key_is_refused(revoked: AsyncClient) -> None:
    refused(await revoked.get("/v1/programs/current"), 401, "key-unknown")
