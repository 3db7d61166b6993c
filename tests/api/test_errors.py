"""Bad input over HTTP: every answer is a problem that says what, where and how to mend it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from api.app import create_app
from api.guard import MAX_BODY
from core.db.database import Database
from core.services.programs.publish_program import ensure_program
from core.services.staff.keys import create_key
from core.settings import Settings
from core.shop import Shop
from tests.api.conftest import ANNA, basket, calling, once, refused, unchanged
from tests.conftest import FIVE_TIER, CountingChance, FrozenClock

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("body", [b"{", b'{"name": "Anna",}', b"\xff", b'"\xc3', b"[" * 100_000, b"9" * 5000])
async def test_what_is_not_json_is_400(till: AsyncClient, shop: Shop, body: bytes) -> None:
    with unchanged(shop):
        response = await till.post("/v1/members", content=body, headers=JSON | once())
    assert response.status_code == 400
    assert response.json()["reason"] in ("malformed-json", "malformed-body")


async def test_says_where_json_stops(till: AsyncClient) -> None:
    response = await till.post("/v1/members", content=b'{"name": "Anna",}', headers=JSON | once())
    assert refused(response, 400, "malformed-json")["position"] == 16


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", ""])
async def test_another_media_type_is_415(till: AsyncClient, shop: Shop, media_type: str) -> None:
    with unchanged(shop):
        response = await till.post("/v1/members", content=b"{}", headers={"Content-Type": media_type} | once())
    assert refused(response, 415, "unsupported-media-type") == {"supported": ["application/json"]}


async def test_a_body_announced_too_large_is_413(till: AsyncClient, shop: Shop) -> None:
    with unchanged(shop):
        response = await till.post("/v1/members", content=b" " * (MAX_BODY + 1), headers=JSON | once())
    assert refused(response, 413, "body-too-large") == {"limit": MAX_BODY}


async def test_a_body_that_grows_too_large_is_413(till: AsyncClient, shop: Shop) -> None:
    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // 1024 + 1):
            yield b" " * 1024

    with unchanged(shop):
        response = await till.post("/v1/members", content=unannounced(), headers=JSON | once())
    assert refused(response, 413, "body-too-large") == {"limit": MAX_BODY}


async def test_an_unknown_address_is_404_and_another_method_405(till: AsyncClient) -> None:
    refused(await till.get("/v1/nothing"), 404, "not-found")
    refused(await till.get("/v1/members/"), 404, "not-found")
    response = await till.delete("/v1/members")
    refused(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, POST"


async def test_each_mistake_has_its_place_and_its_remedy(till: AsyncClient, shop: Shop, anna: int) -> None:
    body = basket(occurred_at="2026-03-02T14:30:00", stroe="north")
    body["lines"] = [{"sku": "", "category": "grocery", "quantity": 0, "unit_price": 9.5}]
    with unchanged(shop):
        response = await till.post("/v1/purchases", json=body)
    refused(response, 422, "invalid-request")
    mistakes = {each["pointer"]: each for each in response.json()["errors"]}
    assert set(mistakes) == {
        "/occurred_at",
        "/stroe",
        "/lines/0/sku",
        "/lines/0/quantity",
        "/lines/0/unit_price",
    }
    assert mistakes["/lines/0/quantity"] == {
        "where": "body",
        "pointer": "/lines/0/quantity",
        "what": "Input should be greater than or equal to 1",
        "mend": "Write 1 or more.",
    }
    assert mistakes["/stroe"]["mend"] == "Remove it; a name may be misspelt."
    assert mistakes["/occurred_at"]["mend"] == "Give the offset, as in 2026-03-02T15:00:00+08:00."
    assert "minor units" in mistakes["/lines/0/unit_price"]["mend"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("unit_price", -1), ("unit_price", 10**15), ("quantity", 10**9), ("quantity", True), ("unit_price", "450")],
)
async def test_negative_and_huge_amounts_are_refused(
    till: AsyncClient, shop: Shop, anna: int, field: str, value: object
) -> None:
    line = {"sku": "bread", "category": "pastry", "quantity": 1, "unit_price": 1} | {field: value}
    with unchanged(shop):
        response = await till.post("/v1/purchases", json=basket(lines=[line]))
    refused(response, 422, "invalid-request")
    assert [each["pointer"] for each in response.json()["errors"]] == [f"/lines/0/{field}"]


@pytest.mark.parametrize("at", [1772463600, "0001-01-01T00:00:00+10:00", "2026-03-02", "yesterday", ""])
async def test_a_moment_is_text_with_an_offset(till: AsyncClient, shop: Shop, anna: int, at: object) -> None:
    with unchanged(shop):
        response = await till.post("/v1/purchases", json=basket(occurred_at=at))
    refused(response, 422, "invalid-request")
    assert [each["pointer"] for each in response.json()["errors"]] == ["/occurred_at"]


async def test_a_pointer_is_escaped(till: AsyncClient) -> None:
    response = await till.post("/v1/members", json={"name": "Anna", "a/b~c": 1}, headers=once())
    refused(response, 422, "invalid-request")
    assert [each["pointer"] for each in response.json()["errors"]] == ["/a~1b~0c"]


async def test_text_that_no_database_holds_is_refused(till: AsyncClient, shop: Shop) -> None:
    with unchanged(shop):
        response = await till.post("/v1/members", json={"name": "An\0na", "store": "\\u0000"}, headers=once())
        refused(response, 422, "invalid-request")
        assert [each["pointer"] for each in response.json()["errors"]] == ["/name"]
        surrogate = await till.post("/v1/members", content=b'{"name": "\\ud800"}', headers=JSON | once())
        refused(surrogate, 422, "invalid-request")
        refused(await till.get("/v1/coupons/A%00"), 400, "bad-request")


async def test_a_backslash_u0000_in_words_is_no_nul(till: AsyncClient) -> None:
    response = await till.post("/v1/members", json={"name": "\\u0000"}, headers=once())
    assert response.status_code == 201


async def test_an_unknown_parameter_is_refused(till: AsyncClient, anna: int) -> None:
    response = await till.get(f"/v1/members/{anna}/ledger", params={"limt": 5})
    refused(response, 422, "invalid-request")
    assert response.json()["errors"] == [
        {
            "where": "query",
            "pointer": "/limt",
            "what": "unknown parameter",
            "mend": "Leave it out; known are: after, limit.",
        }
    ]


@pytest.mark.parametrize("limit", ["0", "201", "many"])
async def test_a_page_has_1_to_200_items(till: AsyncClient, anna: int, limit: str) -> None:
    response = await till.get(f"/v1/members/{anna}/ledger", params={"limit": limit})
    refused(response, 422, "invalid-request")
    assert response.json()["errors"][0]["pointer"] == "/limit"


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "bWVtYmVyOjE", "ZW50cnk6", "ZW50cnk6eA", "ZW50cnk6MTIzNDU2Nzg5MDEyMzQ1Njc4OTA"]
)
async def test_a_bad_cursor_is_400(till: AsyncClient, anna: int, cursor: str) -> None:
    """Nonsense, another list's (member:1), without a place (entry:), with none that can be, and beyond 64 bits."""
    response = await till.get(f"/v1/members/{anna}/ledger", params={"after": cursor})
    assert refused(response, 400, "bad-cursor") == {"after": cursor}


@pytest.mark.parametrize("key", ["", "a b", "é", "k" * 129])
async def test_a_header_that_is_no_key_is_refused(till: AsyncClient, shop: Shop, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    with unchanged(shop):
        response = await till.post("/v1/members", json=ANNA, headers=headers)
    refused(response, 422, "invalid-request")
    assert [(each["where"], each["pointer"]) for each in response.json()["errors"]] == [("header", "/Idempotency-Key")]


async def test_a_missing_key_is_400_and_says_how_to_mend_it(till: AsyncClient, shop: Shop) -> None:
    with unchanged(shop):
        response = await till.post("/v1/members", json=ANNA)
    refused(response, 400, "idempotency-key-missing")
    assert "Idempotency-Key" in response.json()["detail"]


async def test_a_locked_database_is_503_and_nothing_is_written(
    tmp_path: Path, sqlite_template: Path, settings: Settings, clock: FrozenClock
) -> None:
    file = tmp_path / "locked.db"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}", busy_timeout_s=0)
    shop = Shop(database, clock, CountingChance())
    ensure_program(shop, FIVE_TIER)
    till = calling(create_app(shop, settings), create_key(shop, "front", ["till"]))
    with unchanged(shop), database.write():
        response = await till.post("/v1/members", json=ANNA, headers=once())
        refused(response, 503, "database-unavailable")
        assert response.headers["retry-after"] == "5"
    assert (await till.post("/v1/members", json=ANNA, headers=once())).status_code == 201
    database.dispose()


async def test_a_database_that_is_gone_is_503(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "gone"
    database = Database(f"sqlite:///{folder}/regulars.db")
    folder.rmdir()
    client = calling(create_app(Shop(database), settings), "rk_any")
    refused(await client.get("/v1/programs/current"), 503, "database-unavailable")
    refused(await client.get("/readyz"), 503, "database-unavailable")
    assert (await client.get("/healthz")).status_code == 200


async def test_an_unforeseen_error_is_500_without_its_inside(
    app: FastAPI, till: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("api.routes.programs.program_out", fail)
    response = await till.get("/v1/programs/current")
    assert refused(response, 500, "internal") == {}
    assert "secret" not in response.text


async def test_a_request_id_is_kept_where_it_is_harmless(anybody: AsyncClient) -> None:
    kept = await anybody.get("/healthz", headers={"X-Request-ID": "till-7.42"})
    assert kept.headers["x-request-id"] == "till-7.42"
    for odd in ("a b", "x" * 65, "<script>"):
        assert (await anybody.get("/healthz", headers={"X-Request-ID": odd})).headers["x-request-id"] != odd


async def test_many_at_once_are_one(till: AsyncClient, anna: int) -> None:
    responses = await asyncio.gather(*(till.post("/v1/purchases", json=basket()) for _ in range(16)))
    assert {response.status_code for response in responses} == {201}
    assert len({response.text for response in responses}) == 1
    assert (await till.get(f"/v1/members/{anna}/balance")).json()["active"] == 219
