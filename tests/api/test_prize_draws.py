"""Prize draws over HTTP: the commitment first, then the play, then the proof."""

from __future__ import annotations

import pytest
from httpx import AsyncClient

from core.services.activities.prize_draw_rounds import turn_rounds
from core.shop import Shop
from tests.api.conftest import once, refused, unchanged
from tests.club import give, publish
from tests.conftest import FrozenClock
from tests.services.activities.test_prize_draws import DRAWS, FIRST_SEED, OPENSSL

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def shop(bare_shop: Shop) -> Shop:
    publish(bare_shop, DRAWS)
    turn_rounds(bare_shop)
    return bare_shop


async def test_from_the_commitment_to_the_proof(till: AsyncClient, shop: Shop, anna: int, clock: FrozenClock) -> None:
    give(shop, anna, 1_000)
    spring, *_ = (await till.get("/v1/prize-draws")).json()["items"]
    assert (spring["round"]["number"], spring["round"]["seed"], spring["nothing"]) == (1, None, "1/2")
    assert [prize["odds"] for prize in spring["prizes"]] == ["1/8", "1/4", "1/8"]
    own, golden, _sure = (await till.get(f"/v1/members/{anna}/prize-draws")).json()["items"]
    assert (own["refused"], own["affordable"], golden["refused"]) == (None, True, "prize-draw-not-for-tier")

    address = f"/v1/members/{anna}/prize-draws/spring/plays"
    shown = {"price": 10, "commitment": spring["round"]["commitment"]}
    done = await till.post(address, json=shown, headers=once())
    assert (done.status_code, done.json()["digest"], done.json()["balance"]) == (201, OPENSSL, 991)
    assert (await till.post(address, json=shown, headers=once())).json() == done.json()
    await till.post(address, json={}, headers=once("k-2"))

    clock.move(hours=1)
    turn_rounds(shop)
    heads = (await till.get("/v1/prize-draws/spring/rounds")).json()["items"]
    assert [(each["number"], each["seed"], each["plays"]) for each in heads] == [(2, None, 0), (1, FIRST_SEED, 2)]
    first = (await till.get("/v1/prize-draws/spring/rounds/1?limit=1")).json()
    assert (first["seed"], first["items"][0]["digest"], first["odds"][0]["tickets"]) == (FIRST_SEED, OPENSSL, 8)
    rest = (await till.get(f"/v1/prize-draws/spring/rounds/1?limit=1&after={first['next']}")).json()
    assert ([each["number"] for each in rest["items"]], rest["next"]) == ([2], None)
    audit = (await till.get("/v1/prize-draws/spring/rounds/1/audit")).json()
    assert (audit["found"], audit["plays"], audit["closed"]) == (0, 2, True)


@pytest.mark.parametrize(
    ("draw", "body", "status", "reason"),
    [
        ("autumn", {}, 404, "prize-draw-unknown"),
        ("golden", {}, 422, "prize-draw-not-for-tier"),
        ("spring", {"price": 9}, 409, "prize-draw-changed"),
        ("spring", {}, 422, "points-short"),
    ],
)
async def test_refuses_to_play(
    till: AsyncClient, shop: Shop, anna: int, draw: str, body: dict[str, object], status: int, reason: str
) -> None:
    with unchanged(shop):
        response = await till.post(f"/v1/members/{anna}/prize-draws/{draw}/plays", json=body, headers=once())
    refused(response, status, reason)
    assert response.json()["version"] == 1


async def test_what_is_not_there(till: AsyncClient) -> None:
    refused(await till.get("/v1/prize-draws/autumn/rounds"), 404, "prize-draw-unknown")
    refused(await till.get("/v1/prize-draws/spring/rounds/2"), 404, "prize-draw-round-unknown")
    refused(await till.get("/v1/prize-draws/spring/rounds/2/audit"), 404, "prize-draw-round-unknown")
    refused(await till.get("/v1/members/99/prize-draws"), 404, "unknown-member")
