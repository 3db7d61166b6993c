"""Admins give out keys and take them back."""

from __future__ import annotations

from fastapi import FastAPI
from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import calling, refused, unchanged

TILL = {"name": "north-till", "scopes": ["till"]}


async def test_a_new_key_works_until_it_is_revoked(app: FastAPI, admin: AsyncClient) -> None:
    made = await admin.post("/v1/keys", json=TILL)
    assert (made.status_code, made.json()["name"], made.json()["scopes"]) == (201, "north-till", ["till"])
    till = calling(app, made.json()["key"])
    assert (await till.get("/v1/programs/current")).status_code == 200
    for revoked in (1, 0):
        response = await admin.post("/v1/keys/north-till/revoke")
        assert response.json() == {"name": "north-till", "revoked": revoked}
    refused(await till.get("/v1/programs/current"), 401, "key-unknown")


async def test_a_name_is_one_working_key(admin: AsyncClient, shop: Shop) -> None:
    await admin.post("/v1/keys", json=TILL)
    with unchanged(shop):
        refused(await admin.post("/v1/keys", json=TILL), 409, "key-name-taken")


async def test_lists_keys_without_what_they_are(admin: AsyncClient) -> None:
    made = (await admin.post("/v1/keys", json=TILL)).json()["key"]
    response = await admin.get("/v1/keys", params={"limit": 1})
    assert [(key["name"], key["scopes"], key["revoked_at"]) for key in response.json()["items"]] == [
        ("root", ["admin"], None)
    ]
    rest = await admin.get("/v1/keys", params={"limit": 1, "after": response.json()["next"]})
    assert ([key["name"] for key in rest.json()["items"]], rest.json()["next"]) == (["north-till"], None)
    assert made not in rest.text
