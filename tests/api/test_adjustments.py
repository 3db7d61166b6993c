"""Points put right by hand."""

from __future__ import annotations

from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import once, refused, unchanged

GIFT = {"member": {"card_number": "ANNA-1"}, "points": 300, "reason": "Spilt coffee"}


async def test_gives_and_takes(staff: AsyncClient, anna: int) -> None:
    given = await staff.post("/v1/adjustments", json=GIFT, headers=once())
    assert given.status_code == 201
    assert (given.json()["balance"], given.json()["debt"]) == (300, 0)
    assert [(each["kind"], each["points"], each["rule"]) for each in given.json()["entries"]] == [
        ("adjustment", 300, "manual")
    ]
    taken = await staff.post("/v1/adjustments", json=GIFT | {"points": -100}, headers=once("k-2"))
    assert (taken.json()["balance"], taken.json()["entries"][0]["points"]) == (200, -100)


async def test_once_a_key(staff: AsyncClient, shop: Shop, anna: int) -> None:
    first = await staff.post("/v1/adjustments", json=GIFT, headers=once())
    with unchanged(shop):
        again = await staff.post("/v1/adjustments", json=GIFT, headers=once())
        other = await staff.post("/v1/adjustments", json=GIFT | {"points": 301}, headers=once())
    assert again.json() == first.json()
    refused(other, 409, "key-reused")


async def test_refusals_change_nothing(staff: AsyncClient, shop: Shop, anna: int) -> None:
    with unchanged(shop):
        short = await staff.post("/v1/adjustments", json=GIFT | {"points": -1}, headers=once())
        assert refused(short, 422, "points-short") == {"needed": 1, "active": 0, "missing": 1}
        nobody = await staff.post("/v1/adjustments", json=GIFT | {"member": {"id": 9}}, headers=once())
        refused(nobody, 404, "unknown-member")
        zero = await staff.post("/v1/adjustments", json=GIFT | {"points": 0}, headers=once())
        refused(zero, 422, "invalid-request")
        keyless = await staff.post("/v1/adjustments", json=GIFT)
        refused(keyless, 400, "idempotency-key-missing")
