"""Coupons over HTTP: given, checked, redeemed, rolled back."""

from __future__ import annotations

import pytest
from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import BREAD, once, refused, unchanged
from tests.conftest import FrozenClock

FULL = [BREAD | {"quantity": 10}]


@pytest.fixture
async def code(staff: AsyncClient, anna: int) -> str:
    """Of $5 off $30 or more, alone."""
    form = {"member": {"id": anna}, "template": "welcome-5"}
    response = await staff.post("/v1/coupons", json=form, headers=once("coupon"))
    assert response.status_code == 201
    return str(response.json()["code"])


def use(external_id: str = "R-1", **more: object) -> dict[str, object]:
    return {"external_id": external_id, "lines": FULL, **more}


async def test_staff_gives_a_coupon(till: AsyncClient, code: str) -> None:
    coupon = (await till.get(f"/v1/coupons/{code.lower()}")).json()
    assert (coupon["template"], coupon["status"], coupon["source"]) == ("welcome-5", "issued", "staff:ann")
    assert (coupon["discount"], coupon["min_spend"]) == ({"kind": "amount", "amount": 500}, 3000)


async def test_refuses_to_give_one_too_many(staff: AsyncClient, shop: Shop, anna: int, code: str) -> None:
    form = {"member": {"id": anna}, "template": "welcome-5"}
    with unchanged(shop):
        refused(await staff.post("/v1/coupons", json=form, headers=once("c-2")), 422, "coupon-limit-per-member")
        form["template"] = "none"
        refused(await staff.post("/v1/coupons", json=form, headers=once("c-3")), 422, "coupon-template-unknown")


async def test_validates_without_a_key_and_without_a_trace(till: AsyncClient, shop: Shop, code: str) -> None:
    with unchanged(shop):
        good = await till.post(f"/v1/coupons/{code}/validate", json=use())
        poor = await till.post(f"/v1/coupons/{code}/validate", json=use(lines=[BREAD]))
    expected: dict[str, object] = {"valid": True, "discount": 500, "reason": None, "facts": {}, "detail": None}
    assert (good.status_code, good.json()) == (200, expected)
    answer = poor.json()
    assert (answer["valid"], answer["discount"], answer["reason"]) == (False, 0, "coupon-min-spend")
    assert answer["facts"] == {"min_spend": 3000, "eligible": 900}
    assert answer["detail"] == "This coupon needs $30.00 of what it is for; the basket has $9.00."


async def test_an_unknown_coupon_is_404(till: AsyncClient, shop: Shop) -> None:
    with unchanged(shop):
        for verb in ("validate", "redeem", "rollback"):
            refused(await till.post(f"/v1/coupons/NONE/{verb}", json=use()), 404, "coupon-unknown")
        refused(await till.get("/v1/coupons/NONE"), 404, "coupon-unknown")


async def test_redeems_once_however_often_it_is_sent(till: AsyncClient, shop: Shop, code: str) -> None:
    first = await till.post(f"/v1/coupons/{code}/redeem", json=use())
    assert (first.status_code, first.json()) == (200, {"code": code, "discount": 500, "external_id": "R-1"})
    with unchanged(shop):
        again = await till.post(f"/v1/coupons/{code}/redeem", json=use())
    assert again.json() == first.json()
    with unchanged(shop):
        refused(await till.post(f"/v1/coupons/{code}/redeem", json=use("R-2")), 409, "coupon-used")
        other = await till.post(f"/v1/coupons/{code}/redeem", json=use(lines=[*FULL, BREAD]))
        assert refused(other, 409, "external-id-reused") == {"external_id": "R-1"}


async def test_refuses_to_redeem_anothers(till: AsyncClient, shop: Shop, code: str) -> None:
    bert = (await till.post("/v1/members", json={"name": "Bert"}, headers=once("bert"))).json()["id"]
    with unchanged(shop):
        response = await till.post(f"/v1/coupons/{code}/redeem", json=use(member={"id": bert}))
    assert refused(response, 422, "coupon-of-another-member") == {"code": code}


async def test_refuses_a_lapsed_one(till: AsyncClient, shop: Shop, clock: FrozenClock, code: str) -> None:
    clock.move(days=40)
    with unchanged(shop):
        refused(await till.post(f"/v1/coupons/{code}/redeem", json=use()), 422, "coupon-lapsed")


async def test_rolls_back(till: AsyncClient, code: str) -> None:
    await till.post(f"/v1/coupons/{code}/redeem", json=use())
    for _ in range(2):
        back = await till.post(f"/v1/coupons/{code}/rollback", json={"external_id": "R-1"})
        assert (back.status_code, back.json()["status"], back.json()["used_on"]) == (200, "issued", None)
    under_a_new_number = await till.post(f"/v1/coupons/{code}/redeem", json=use("R-2"))
    assert under_a_new_number.json()["discount"] == 500


async def test_what_was_rolled_back_is_not_called_redeemed(till: AsyncClient, shop: Shop, code: str) -> None:
    await till.post(f"/v1/coupons/{code}/redeem", json=use())
    await till.post(f"/v1/coupons/{code}/rollback", json={"external_id": "R-1"})
    with unchanged(shop):
        response = await till.post(f"/v1/coupons/{code}/redeem", json=use())
    assert refused(response, 409, "coupon-rolled-back") == {"code": code, "external_id": "R-1"}


async def test_refuses_to_roll_back_elsewhere(till: AsyncClient, shop: Shop, code: str) -> None:
    await till.post(f"/v1/coupons/{code}/redeem", json=use())
    with unchanged(shop):
        response = await till.post(f"/v1/coupons/{code}/rollback", json={"external_id": "R-9"})
    refused(response, 409, "coupon-not-redeemed-there")


async def test_says_no_in_chinese(till: AsyncClient) -> None:
    response = await till.get("/v1/coupons/NONE", headers={"Accept-Language": "fr, zh-CN;q=0.9, en;q=0.1"})
    refused(response, 404, "coupon-unknown")
    assert response.headers["content-language"] == "zh-Hans"
    assert "NONE" in response.json()["detail"]
    assert not response.json()["detail"].isascii()
