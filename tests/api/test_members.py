"""Enrolling, finding and changing members, and what they have."""

from __future__ import annotations

import pytest
from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import ANNA, basket, once, refused, unchanged

CARL: dict[str, object] = {"name": "Carl", "phone": "+12125550199", "birthday": "1990-05-31", "language": "zh-Hans"}


async def test_enrols_a_member(till: AsyncClient) -> None:
    response = await till.post("/v1/members", json=CARL | {"card_number": "CARL-1"}, headers=once())
    assert response.status_code == 201
    enrolled = response.json()
    assert (enrolled["id"], enrolled["card_number"]) == (1, "CARL-1")
    assert enrolled["join_payload"].startswith("token-")


async def test_enrolling_twice_under_one_key_enrols_once(till: AsyncClient, shop: Shop) -> None:
    first = await till.post("/v1/members", json=CARL, headers=once())
    with unchanged(shop):
        again = await till.post("/v1/members", json=CARL, headers=once())
        other = await till.post("/v1/members", json=CARL | {"name": "Karl"}, headers=once())
    assert (again.status_code, again.json()) == (201, first.json())
    assert refused(other, 409, "key-reused") == {"key": "k-1"}


async def test_two_keys_may_use_the_same_header(till: AsyncClient, staff: AsyncClient) -> None:
    first = await till.post("/v1/members", json={"name": "Carl"}, headers=once())
    second = await staff.post("/v1/members", json={"name": "Dora"}, headers=once())
    assert (first.json()["id"], second.json()["id"]) == (1, 2)


@pytest.mark.parametrize(
    ("form", "status", "reason"),
    [
        ({"name": "Carl", "phone": "+1 212 555 0123"}, 409, "phone-taken"),
        ({"name": "Carl", "card_number": "ANNA-1"}, 409, "card-taken"),
        ({"name": "Carl", "phone": "12"}, 422, "phone-invalid"),
        ({"name": "Carl", "language": "tlh"}, 422, "language-unknown"),
        ({"name": "Carl", "birthday": "2031-01-01"}, 422, "birthday-impossible"),
        ({"name": "Carl", "invite_code": "NONE"}, 422, "unknown-invite-code"),
    ],
)
async def test_refuses_to_enrol(
    till: AsyncClient, shop: Shop, anna: int, form: dict[str, object], status: int, reason: str
) -> None:
    with unchanged(shop):
        refused(await till.post("/v1/members", json=form, headers=once()), status, reason)


async def test_shows_a_member_without_the_secret_of_joining(till: AsyncClient, anna: int) -> None:
    member = (await till.get(f"/v1/members/{anna}")).json()
    assert (member["id"], member["card_number"], member["name"]) == (anna, "ANNA-1", "Anna")
    assert (member["phone"], member["tier"], member["language"]) == ("+12125550123", "regular", "en")
    assert "join_code" not in member


@pytest.mark.parametrize(
    "path", ["", "/balance", "/tier", "/coupons", "/offers", "/rewards", "/orders", "/purchases", "/ledger"]
)
async def test_an_unknown_member_is_404_everywhere(till: AsyncClient, path: str) -> None:
    assert refused(await till.get(f"/v1/members/5{path}"), 404, "unknown-member") == {"id": 5}


async def test_searches_members(staff: AsyncClient, anna: int) -> None:
    await staff.post("/v1/members", json=CARL, headers=once())
    found = (await staff.get("/v1/members", params={"q": "carl"})).json()
    assert ([each["name"] for each in found["items"]], found["next"]) == (["Carl"], None)
    by_phone = (await staff.get("/v1/members", params={"q": "+1212555"})).json()
    assert [each["name"] for each in by_phone["items"]] == ["Anna", "Carl"]


async def test_pages_through_members(staff: AsyncClient) -> None:
    for name in ("Anna", "Bert", "Carl"):
        await staff.post("/v1/members", json={"name": name}, headers=once(name))
    first = (await staff.get("/v1/members", params={"limit": 2})).json()
    assert [each["name"] for each in first["items"]] == ["Anna", "Bert"]
    rest = (await staff.get("/v1/members", params={"limit": 2, "after": first["next"]})).json()
    assert ([each["name"] for each in rest["items"]], rest["next"]) == (["Carl"], None)


async def test_changes_settings(staff: AsyncClient, anna: int) -> None:
    form = {"language": "zh-Hans", "quiet_from": 1320, "quiet_until": 480, "style": "calm", "allow_offers": True}
    response = await staff.patch(f"/v1/members/{anna}", json=form, headers=once())
    assert response.status_code == 200
    member = response.json()
    assert {name: member[name] for name in form} == form


async def test_a_birthday_is_set_once(staff: AsyncClient, shop: Shop, anna: int) -> None:
    await staff.patch(f"/v1/members/{anna}", json={"birthday": "1990-05-31"}, headers=once())
    with unchanged(shop):
        response = await staff.patch(f"/v1/members/{anna}", json={"birthday": "1991-05-31"}, headers=once("k-2"))
    refused(response, 422, "birthday-set-already")


async def test_quiet_hours_are_a_pair(staff: AsyncClient, shop: Shop, anna: int) -> None:
    with unchanged(shop):
        response = await staff.patch(f"/v1/members/{anna}", json={"quiet_from": 60}, headers=once())
    refused(response, 422, "invalid-request")


async def test_shows_the_balance(till: AsyncClient, anna: int) -> None:
    await till.post("/v1/purchases", json=basket())
    balance = (await till.get(f"/v1/members/{anna}/balance")).json()
    assert (balance["active"], balance["pending"], balance["debt"]) == (219, 0, 0)
    assert [each["points"] for each in balance["expiring"]] == [219]


async def test_shows_the_tier(till: AsyncClient, anna: int) -> None:
    await till.post("/v1/purchases", json=basket())
    standing = (await till.get(f"/v1/members/{anna}/tier")).json()
    assert (standing["tier"], standing["until"], standing["qualifying_spend"]) == ("regular", None, 1600)
    assert (standing["next"]["tier"], standing["next"]["spend"]) == ("silver", 48400)


async def test_pages_through_the_ledger(till: AsyncClient, anna: int) -> None:
    await till.post("/v1/purchases", json=basket())
    first = (await till.get(f"/v1/members/{anna}/ledger", params={"limit": 1})).json()
    assert [entry["rule"] for entry in first["items"]] == ["first-purchase"]
    rest = (await till.get(f"/v1/members/{anna}/ledger", params={"limit": 1, "after": first["next"]})).json()
    assert ([(entry["rule"], entry["points"]) for entry in rest["items"]], rest["next"]) == ([("base", 19)], None)


async def test_lists_purchases(till: AsyncClient, anna: int) -> None:
    for number in ("R-1", "R-2"):
        await till.post("/v1/purchases", json=basket(number))
    first = (await till.get(f"/v1/members/{anna}/purchases", params={"limit": 1})).json()
    assert [each["external_id"] for each in first["items"]] == ["R-2"]
    rest = (await till.get(f"/v1/members/{anna}/purchases", params={"limit": 1, "after": first["next"]})).json()
    assert ([each["external_id"] for each in rest["items"]], rest["next"]) == (["R-1"], None)


async def test_claims_an_offer(till: AsyncClient, anna: int) -> None:
    offers = (await till.get(f"/v1/members/{anna}/offers")).json()["items"]
    assert {"welcome", "five-a-day"} <= {offer["id"] for offer in offers}
    claimed = await till.post(f"/v1/members/{anna}/offers/welcome/claim", headers=once())
    assert (claimed.status_code, claimed.json()["template"], claimed.json()["status"]) == (201, "welcome-5", "issued")
    held = (await till.get(f"/v1/members/{anna}/coupons")).json()["items"]
    assert [(coupon["code"], coupon["source"]) for coupon in held] == [(claimed.json()["code"], "offer:welcome")]


async def test_an_offer_is_claimed_once(till: AsyncClient, shop: Shop, anna: int) -> None:
    path = f"/v1/members/{anna}/offers/welcome/claim"
    await till.post(path, headers=once())
    with unchanged(shop):
        refused(await till.post(path, headers=once("k-2")), 409, "offer-claimed-already")
        refused(await till.post(path.replace("welcome", "none"), headers=once("k-3")), 404, "offer-unknown")


async def test_an_enrolled_member_is_the_one_described(till: AsyncClient) -> None:
    enrolled = (await till.post("/v1/members", json=ANNA, headers=once())).json()
    member = (await till.get(f"/v1/members/{enrolled['id']}")).json()
    assert member["invite_code"] == enrolled["invite_code"]
