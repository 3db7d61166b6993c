"""Benefits over HTTP: what a member has, and what the till draws of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from httpx import AsyncClient

from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.programs.publish_program import ensure_program
from core.shop import Shop
from tests.api.conftest import ANNA, basket, once, refused, unchanged

STORE = Path(__file__).parent.parent.parent / "programs" / "department-store.toml"
COAT = {"sku": "coat", "category": "department", "quantity": 1, "unit_price": 100_000}
ANNAS = {"card_number": "ANNA-1"}


@pytest.fixture
def shop(bare_shop: Shop) -> Shop:
    """A shop with the department store's program."""
    ensure_program(bare_shop, STORE)
    return bare_shop


@pytest.fixture
async def vip(till: AsyncClient, shop: Shop) -> int:
    """Anna, who has just bought for ¥1,000: five hours of parking."""
    anna = enrol(shop, Caller("system", "anna"), EnrolForm.model_validate(ANNA)).id
    response = await till.post("/v1/purchases", json=basket(lines=[COAT]))
    assert response.json()["tier"] == "vip"
    return anna


async def parking(till: AsyncClient, member_id: int) -> dict[str, object]:
    items = (await till.get(f"/v1/members/{member_id}/benefits")).json()["items"]
    return {key: items[0][key] for key in ("id", "unit", "gift", "daily", "drawn", "available")}


async def test_a_members_benefits(till: AsyncClient, vip: int) -> None:
    response = await till.get(f"/v1/members/{vip}/benefits")
    assert response.status_code == 200
    first, second = response.json()["items"]
    assert first["name"] == {"en": "Free parking", "zh-Hans": "免费停车"}
    assert (first["unit"], first["daily"], first["available"]) == ("hour", 5, 5)
    assert (second["id"], second["partner"]["en"], second["unit"]) == ("cinema", "Grand Cinema", None)
    refused(await till.get("/v1/members/77/benefits"), 404, "unknown-member")


async def test_the_catalogue_for_everybody(till: AsyncClient) -> None:
    items = (await till.get("/v1/benefits")).json()["items"]
    assert [each["id"] for each in items] == ["parking", "hotel-upgrade", "cinema"]
    assert items[0]["daily"]["most"] == 6
    assert items[0]["gifts"][0] == {"tier": "silver", "amount": 10, "from": ["vip"]}


async def test_draws_once_for_a_key(till: AsyncClient, shop: Shop, vip: int) -> None:
    body = {"member": ANNAS, "amount": 2}
    first = await till.post("/v1/benefits/parking/draw", json=body, headers=once())
    assert first.status_code == 201
    assert first.json() == {
        "id": 1, "member_id": vip, "benefit": "parking", "unit": "hour", "amount": 2, "daily": 2, "gift": 0,
        "available": 3,
    }  # fmt: skip
    with unchanged(shop):
        again = await till.post("/v1/benefits/parking/draw", json=body, headers=once())
    assert (again.status_code, again.json()) == (201, first.json())
    with unchanged(shop):
        other = await till.post("/v1/benefits/parking/draw", json=body | {"amount": 1}, headers=once())
    refused(other, 409, "key-reused")
    assert await parking(till, vip) == {
        "id": "parking", "unit": "hour", "gift": 0, "daily": 5, "drawn": 2, "available": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("benefit", "body", "status", "reason"),
    [
        ("parking", {"member": ANNAS, "amount": 6}, 422, "benefit-short"),
        ("sauna", {"member": ANNAS, "amount": 1}, 404, "benefit-unknown"),
        ("cinema", {"member": ANNAS, "amount": 1}, 422, "benefit-not-drawn"),
        ("parking", {"member": {"id": 77}, "amount": 1}, 404, "unknown-member"),
        ("parking", {"member": ANNAS, "amount": 0}, 422, "invalid-request"),
        ("parking", {"member": ANNAS}, 422, "invalid-request"),
    ],
)
async def test_refuses_a_draw(
    till: AsyncClient, shop: Shop, vip: int, benefit: str, body: dict[str, object], status: int, reason: str
) -> None:
    with unchanged(shop):
        refused(await till.post(f"/v1/benefits/{benefit}/draw", json=body, headers=once()), status, reason)


async def test_a_refused_draw_is_told_in_words(till: AsyncClient, vip: int) -> None:
    body = {"member": ANNAS, "amount": 6}
    headers = once() | {"Accept-Language": "zh-Hans"}
    problem = (await till.post("/v1/benefits/parking/draw", json=body, headers=headers)).json()
    assert problem["detail"] == "免费停车：需要 6，剩余 5。"


async def test_a_preview_shows_discounts_and_benefits(till: AsyncClient, shop: Shop, vip: int) -> None:
    dinner = {"sku": "dinner", "category": "dining", "quantity": 1, "unit_price": 10_001}
    body = basket("R-2", lines=[COAT, dinner], occurred_at="2026-03-02T14:45:00+00:00")
    with unchanged(shop):
        response = await till.post("/v1/purchases?preview=true", json=body)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    preview = response.json()
    assert preview["discounts"] == [
        {
            "id": "dining",
            "name": {"en": "Card discount on dining", "zh-Hans": "餐饮会员折扣"},
            "percent": 500,
            "lines": [2],
            "amount": 10_001,
            "off": 500,
        }
    ]
    assert preview["to_pay"] == 109_501
    assert [(each["id"], each["available"]) for each in preview["benefits"]] == [("parking", 6), ("cinema", 0)]
    recorded = (await till.post("/v1/purchases", json=body)).json()
    assert {key: preview[key] for key in ("balance", "tier")} == {key: recorded[key] for key in ("balance", "tier")}
    assert "discounts" not in recorded
