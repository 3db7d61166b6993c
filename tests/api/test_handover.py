"""A card is handed on to another person."""

from __future__ import annotations

from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import once, refused, unchanged
from tests.club import publish
from tests.conftest import FIVE_TIER

TO_BEA = {"to": {"name": "Bea", "phone": "+1 212 555 0124", "consents": ["offers"]}}


async def test_hands_on(staff: AsyncClient, till: AsyncClient, shop: Shop, anna: int) -> None:
    path = f"/v1/members/{anna}/handover"
    with unchanged(shop):
        refused(await staff.post(path, json=TO_BEA, headers=once()), 422, "card-not-transferable")
        refused(await till.post(path, json=TO_BEA, headers=once()), 403, "scope-missing")
    publish(shop, FIVE_TIER.read_text(encoding="utf-8").replace("[program]", "[program]\ntransferable = true", 1))
    handed = await staff.post(path, json=TO_BEA, headers=once("k-2"))
    assert handed.status_code == 201
    assert (handed.json()["card_number"], handed.json()["balance"]) == ("ANNA-1", 0)
    bea = (await staff.get(f"/v1/members/{anna}")).json()
    assert (bea["name"], bea["phone"], bea["allow_offers"]) == ("Bea", "+12125550124", True)
    with unchanged(shop):
        assert (await staff.post(path, json=TO_BEA, headers=once("k-2"))).json() == handed.json()
        refused(await staff.post(path, json={"to": {}}, headers=once("k-3")), 422, "invalid-request")
