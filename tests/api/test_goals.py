"""A member's goals over HTTP."""

from __future__ import annotations

from httpx import AsyncClient

from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.shop import Shop
from tests.api.conftest import ANNA, basket, refused


async def test_a_members_goals(till: AsyncClient, shop: Shop) -> None:
    anna = enrol(shop, Caller("system", "anna"), EnrolForm.model_validate(ANNA)).id
    line = {"sku": "wine", "category": "grocery", "quantity": 1, "unit_price": 30_000}
    await till.post("/v1/purchases", json=basket(lines=[line]))
    response = await till.get(f"/v1/members/{anna}/goals")
    assert response.status_code == 200
    cashback = response.json()["items"][1]
    assert cashback == {
        "id": "monthly-cashback",
        "name": {"en": "$5 back for each $300 of a month", "zh-Hans": "当月每满 300 美元返 5 美元"},
        "of": "spend",
        "within": "month",
        "period": "2026-03",
        "until": "2026-04-01T04:00:00Z",
        "total": 30_000,
        "points": 0,
        "coupons": {"cashback-5": 1},
        "part": None,
        "next": {"at": 60_000, "missing": 30_000, "points": 0, "coupons": {"cashback-5": 1}},
    }
    refused(await till.get("/v1/members/77/goals"), 404, "unknown-member")
