"""Members who are one person, over HTTP."""

from __future__ import annotations

from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import once, refused, unchanged

MAY = "1990-05-01"


async def enrolled(client: AsyncClient, name: str, card: str) -> int:
    body = {"name": name, "card_number": card, "birthday": MAY}
    return int((await client.post("/v1/members", json=body, headers=once(card))).json()["id"])


async def test_found_merged_and_parted(staff: AsyncClient, shop: Shop) -> None:
    first, second, third = [await enrolled(staff, "Cy Moss", f"CARD-{number}") for number in range(3)]
    page = (await staff.get("/v1/duplicates?limit=2")).json()
    assert [(each["first"]["id"], each["second"]["id"]) for each in page["items"]] == [(first, second), (first, third)]
    assert page["items"][0]["shared"] == ["person"]
    rest = (await staff.get(f"/v1/duplicates?after={page['next']}")).json()
    assert ([each["score"] for each in rest["items"]], rest["next"]) == ([60], None)
    refused(await staff.get("/v1/duplicates?after=ZHVwbGljYXRlOjE"), 400, "bad-cursor")

    body = {"other": {"card_number": "CARD-1"}, "reason": "asked at the till"}
    merged = await staff.post(f"/v1/members/{first}/merge", json=body, headers=once("k-1"))
    assert merged.status_code == 201
    assert (merged.json()["keep_id"], merged.json()["other_id"]) == (first, second)
    with unchanged(shop):
        assert (await staff.post(f"/v1/members/{first}/merge", json=body, headers=once("k-1"))).json() == merged.json()
        again = await staff.post(f"/v1/members/{first}/merge", json=body, headers=once("n-1"))
        refused(again, 409, "one-member-already")
        refused(await staff.post("/v1/members/999/merge", json=body, headers=once("n-2")), 404, "unknown-member")
    assert (await staff.get(f"/v1/members/{second}")).json()["id"] == first

    path = f"/v1/merges/{merged.json()['id']}/undo"
    parted = await staff.post(path, json={"reason": "two sisters"}, headers=once("n-3"))
    assert (parted.status_code, parted.json()["returned"], parted.json()["stayed"]) == (201, 0, [])
    assert (await staff.get(f"/v1/members/{second}")).json()["id"] == second
    with unchanged(shop):
        refused(await staff.post(path, json={"reason": "again"}, headers=once("n-4")), 409, "merge-undone-already")
        refused(await staff.post("/v1/merges/99/undo", json={"reason": "x"}, headers=once("n-5")), 404, "unknown-merge")
