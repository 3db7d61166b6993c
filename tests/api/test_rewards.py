"""Rewards over HTTP: the catalogue, taking one, fetching it, giving it back."""

from __future__ import annotations

import pytest
from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import once, refused, unchanged


@pytest.fixture
async def rich(staff: AsyncClient, anna: int) -> dict[str, object]:
    """Anna with 1,000 points, as a member reference."""
    gift = {"member": {"id": anna}, "points": 1000, "reason": "for the test"}
    await staff.post("/v1/adjustments", json=gift, headers=once("gift"))
    return {"id": anna}


async def take(client: AsyncClient, member: dict[str, object], reward: str, key: str = "take", **more: object) -> str:
    response = await client.post(f"/v1/rewards/{reward}/redeem", json={"member": member, **more}, headers=once(key))
    assert response.status_code == 201
    return str(response.json()["code"])


async def test_the_catalogue_is_the_members_own(till: AsyncClient, anna: int, rich: dict[str, object]) -> None:
    rewards = {each["id"]: each for each in (await till.get(f"/v1/members/{anna}/rewards")).json()["items"]}
    assert (rewards["tote"]["available"], rewards["tote"]["stock_left"], rewards["tote"]["left_for_member"]) == (
        True,
        300,
        2,
    )
    assert (rewards["bouquet"]["affordable"], rewards["knife-set"]["missing_points"]) == (True, 500)
    assert rewards["tasting-box"]["allowed"] is False


async def test_the_catalogue_for_everybody(till: AsyncClient) -> None:
    rewards = {each["id"]: each for each in (await till.get("/v1/rewards")).json()["items"]}
    assert rewards["tote"]["prices"] == [{"points": 600, "money": 0}, {"points": 200, "money": 400}]
    assert rewards["coffee"]["tier_prices"] == {"diamond": [{"points": 100, "money": 0}]}


async def test_takes_a_reward_for_points_and_money(till: AsyncClient, anna: int, rich: dict[str, object]) -> None:
    body = {"member": rich, "price": 1}
    response = await till.post("/v1/rewards/tote/redeem", json=body, headers=once())
    assert response.status_code == 201
    taken = response.json()
    assert (taken["points"], taken["money"], taken["balance"], taken["status"]) == (200, 400, 800, "open")
    again = await till.post("/v1/rewards/tote/redeem", json=body, headers=once())
    assert again.json() == taken
    orders = (await till.get(f"/v1/members/{anna}/orders")).json()["items"]
    assert [(order["code"], order["status"]) for order in orders] == [(taken["code"], "open")]


async def test_a_reward_may_be_a_coupon(till: AsyncClient, rich: dict[str, object]) -> None:
    response = await till.post("/v1/rewards/voucher-5/redeem", json={"member": rich}, headers=once())
    coupon = (await till.get(f"/v1/coupons/{response.json()['coupon_code']}")).json()
    assert (coupon["template"], coupon["status"], coupon["source"]) == ("points-5", "issued", "reward:voucher-5")


@pytest.mark.parametrize(
    ("reward", "form", "status", "reason"),
    [
        ("knife-set", {}, 422, "points-short"),
        ("tasting-box", {}, 422, "reward-not-for-tier"),
        ("yacht", {}, 404, "reward-unknown"),
        ("coffee", {"price": 1}, 422, "reward-no-such-price"),
        ("coffee", {"points": 1}, 409, "reward-price-changed"),
    ],
)
async def test_refuses_a_reward(
    till: AsyncClient,
    shop: Shop,
    rich: dict[str, object],
    reward: str,
    form: dict[str, object],
    status: int,
    reason: str,
) -> None:
    with unchanged(shop):
        body = {"member": rich} | form
        refused(await till.post(f"/v1/rewards/{reward}/redeem", json=body, headers=once()), status, reason)


async def test_hands_over_once(till: AsyncClient, shop: Shop, rich: dict[str, object]) -> None:
    code = await take(till, rich, "tote", price=1)
    response = await till.post(f"/v1/rewards/orders/{code}/hand-over", headers=once())
    assert (response.status_code, response.json()["reward"], response.json()["money"]) == (200, "tote", 400)
    assert (await till.get(f"/v1/rewards/orders/{code}")).json()["status"] == "handed_over"
    with unchanged(shop):
        again = await till.post(f"/v1/rewards/orders/{code}/hand-over", headers=once("k-2"))
        assert refused(again, 409, "order-handed-over") == {"code": code}


async def test_cancelling_gives_the_points_back(staff: AsyncClient, shop: Shop, rich: dict[str, object]) -> None:
    code = await take(staff, rich, "tote")
    response = await staff.post(f"/v1/rewards/orders/{code}/cancel", headers=once())
    assert (response.status_code, response.json()["points"], response.json()["balance"]) == (200, 600, 1000)
    with unchanged(shop):
        refused(await staff.post(f"/v1/rewards/orders/{code}/cancel", headers=once("k-2")), 409, "order-cancelled")


async def test_an_unknown_order_is_404(staff: AsyncClient, shop: Shop) -> None:
    with unchanged(shop):
        refused(await staff.get("/v1/rewards/orders/NONE"), 404, "order-unknown")
        refused(await staff.post("/v1/rewards/orders/NONE/hand-over", headers=once()), 404, "order-unknown")
        refused(await staff.post("/v1/rewards/orders/NONE/cancel", headers=once("k-2")), 404, "order-unknown")
