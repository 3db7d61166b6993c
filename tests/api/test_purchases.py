"""Purchases and refunds over HTTP."""

from __future__ import annotations

import pytest
from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import APPLES, BREAD, basket, once, refused, rows, unchanged


async def test_records_a_purchase(till: AsyncClient, anna: int) -> None:
    response = await till.post("/v1/purchases", json=basket())
    assert response.status_code == 201
    result = response.json()
    assert (result["id"], result["external_id"], result["balance"], result["tier"]) == (1, "R-1", 219, "regular")
    assert [(entry["kind"], entry["points"], entry["rule"]) for entry in result["entries"]] == [
        ("accrual", 19, "base"),
        ("bonus", 200, "first-purchase"),
    ]
    assert result["entries"][0]["expires_at"].startswith("2027-03-")
    assert result["entries"][0]["explanation"]["steps"][-1] == {
        "do": "round",
        "mode": "down",
        "exact": "39/2",
        "points": 19,
    }


@pytest.mark.parametrize("ref", [{"id": 1}, {"card_number": "ANNA-1"}, {"phone": "+12125550123"}])
async def test_finds_the_member_each_way(till: AsyncClient, anna: int, ref: dict[str, object]) -> None:
    response = await till.post("/v1/purchases", json=basket(member=ref))
    assert (response.status_code, response.json()["balance"]) == (201, 219)


async def test_a_preview_writes_nothing(till: AsyncClient, shop: Shop, anna: int) -> None:
    with unchanged(shop):
        response = await till.post("/v1/purchases?preview=true", json=basket())
    assert (response.status_code, response.json()["balance"]) == (200, 219)


async def test_reads_a_purchase_back(till: AsyncClient, anna: int) -> None:
    await till.post("/v1/purchases", json=basket())
    purchase = (await till.get("/v1/purchases/1")).json()
    assert (purchase["external_id"], purchase["total"], purchase["refunded"], purchase["points"]) == (
        "R-1",
        1600,
        0,
        219,
    )
    assert [line["sku"] for line in purchase["lines"]] == ["bread", "apples"]
    assert refused(await till.get("/v1/purchases/2"), 404, "unknown-purchase") == {"id": 2}


async def test_refunds_by_lines_then_by_amount(till: AsyncClient, anna: int) -> None:
    await till.post("/v1/purchases", json=basket())
    body = {"external_id": "F-1", "lines": [{"sku": "bread", "quantity": 1}]}
    first = await till.post("/v1/purchases/1/refunds", json=body)
    assert first.status_code == 201
    assert (first.json()["amount"], first.json()["debt"]) == (450, 0)
    rest = await till.post("/v1/purchases/1/refunds", json={"external_id": "F-2", "amount": 1150})
    assert (rest.json()["amount"], rest.json()["balance"], rest.json()["debt"]) == (1150, 0, 0)


REFUSALS = [
    ({"member": {"id": 77}}, 404, "unknown-member", {"id": 77}),
    ({"member": {"card_number": "nobody"}}, 404, "unknown-member", {"card_number": "nobody"}),
    ({"member": {"phone": "12"}}, 422, "phone-invalid", {"phone": "12"}),
    ({"currency": "CNY"}, 422, "currency-unknown", {"currency": "CNY", "expected": "USD"}),
    (
        {"occurred_at": "2026-03-02T16:00:00+00:00"},
        422,
        "purchase-in-the-future",
        {"occurred_at": "2026-03-02T16:00:00+00:00", "now": "2026-03-02T15:00:00+00:00"},
    ),
]


@pytest.mark.parametrize(("changes", "status", "reason", "facts"), REFUSALS)
async def test_refuses_a_purchase(
    till: AsyncClient,
    shop: Shop,
    anna: int,
    changes: dict[str, object],
    status: int,
    reason: str,
    facts: dict[str, object],
) -> None:
    with unchanged(shop):
        response = await till.post("/v1/purchases", json=basket() | changes)
    assert refused(response, status, reason) == facts


async def test_refuses_an_unknown_category_and_names_the_line(till: AsyncClient, shop: Shop, anna: int) -> None:
    with unchanged(shop):
        response = await till.post("/v1/purchases", json=basket(lines=[BREAD, APPLES | {"category": "rockets"}]))
    facts = refused(response, 422, "category-unknown")
    assert (facts["category"], facts["line"]) == ("rockets", 2)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"external_id": "F-1", "amount": 1601}, "refund-above-purchase"),
        ({"external_id": "F-1", "lines": [{"sku": "bread", "quantity": 3}]}, "refund-above-quantity"),
        ({"external_id": "F-1", "lines": [{"sku": "milk", "quantity": 1}]}, "refund-unknown-sku"),
    ],
)
async def test_refuses_a_refund(till: AsyncClient, shop: Shop, anna: int, body: dict[str, object], reason: str) -> None:
    await till.post("/v1/purchases", json=basket())
    with unchanged(shop):
        refused(await till.post("/v1/purchases/1/refunds", json=body), 422, reason)


async def test_refuses_a_refund_of_nothing_known(till: AsyncClient, shop: Shop) -> None:
    with unchanged(shop):
        response = await till.post("/v1/purchases/9/refunds", json={"external_id": "F-1", "amount": 1})
    assert refused(response, 404, "unknown-purchase") == {"id": 9}


async def test_a_refund_is_by_lines_or_by_amount(till: AsyncClient, shop: Shop, anna: int) -> None:
    await till.post("/v1/purchases", json=basket())
    both = {"external_id": "F-1", "amount": 1, "lines": [{"sku": "bread", "quantity": 1}]}
    with unchanged(shop):
        for body in ({"external_id": "F-1"}, both):
            response = await till.post("/v1/purchases/1/refunds", json=body)
            refused(response, 422, "invalid-request")
            assert response.json()["errors"] == [
                {
                    "where": "body",
                    "pointer": "",
                    "what": "say what is refunded by either lines or amount",
                    "mend": "See this field in /openapi.json.",
                }
            ]


async def test_the_same_purchase_again_gives_the_same_answer(till: AsyncClient, shop: Shop, anna: int) -> None:
    first = await till.post("/v1/purchases", json=basket())
    with unchanged(shop):
        again = await till.post("/v1/purchases", json=basket())
    assert (again.status_code, again.json()) == (201, first.json())
    before = rows(shop)
    under_another_header = await till.post("/v1/purchases", json=basket(), headers=once("x"))
    assert under_another_header.json() == first.json()
    keys: dict[str, list[tuple[object, ...]]] = {"idempotency_record": []}
    assert rows(shop) | keys == before | keys


async def test_one_moment_is_one_purchase_whatever_its_offset(till: AsyncClient, shop: Shop, anna: int) -> None:
    first = await till.post("/v1/purchases", json=basket(occurred_at="2026-03-02T09:30:00-05:00"))
    with unchanged(shop):
        again = await till.post("/v1/purchases", json=basket())
    assert first.json()["entries"][0]["effective_at"] == "2026-03-02T14:30:00Z"
    assert (again.status_code, again.text) == (201, first.text)


async def test_another_purchase_under_the_same_number_is_refused(till: AsyncClient, shop: Shop, anna: int) -> None:
    await till.post("/v1/purchases", json=basket())
    with unchanged(shop):
        response = await till.post("/v1/purchases", json=basket(lines=[BREAD]))
    assert refused(response, 409, "external-id-reused") == {"external_id": "R-1"}


async def test_another_purchase_under_the_same_header_is_refused(till: AsyncClient, shop: Shop, anna: int) -> None:
    await till.post("/v1/purchases", json=basket(), headers=once())
    with unchanged(shop):
        response = await till.post("/v1/purchases", json=basket("R-2"), headers=once())
    assert refused(response, 409, "key-reused") == {"key": "k-1"}


async def test_a_header_that_came_late_stands_for_its_purchase(till: AsyncClient, shop: Shop, anna: int) -> None:
    first = await till.post("/v1/purchases", json=basket())
    again = await till.post("/v1/purchases", json=basket(), headers=once())
    assert (again.status_code, again.text) == (201, first.text)
    with unchanged(shop):
        response = await till.post("/v1/purchases", json=basket("R-2"), headers=once())
        repeated = await till.post("/v1/purchases", json=basket(), headers=once())
    assert refused(response, 409, "key-reused") == {"key": "k-1"}
    assert repeated.text == first.text


async def test_a_delivery_is_reported_once(till: AsyncClient, shop: Shop, anna: int) -> None:
    await till.post("/v1/purchases", json=basket())
    before = (await till.get("/v1/purchases/1")).json()["delivered_at"]
    first = await till.post("/v1/purchases/1/delivery", json={})
    assert first.status_code == 201
    assert (before, first.json()["external_id"], first.json()["spendable_from"]) == (None, "R-1", None)
    assert (await till.get("/v1/purchases/1")).json()["delivered_at"] == first.json()["delivered_at"]
    with unchanged(shop):
        again = await till.post("/v1/purchases/1/delivery", json={})
        assert (again.status_code, again.json()) == (201, first.json())
        twice = await till.post("/v1/purchases/1/delivery", json={}, headers=once())
        refused(twice, 409, "purchase-delivered-already")
        early = {"delivered_at": "2020-01-01T00:00:00+00:00"}
        refused(
            await till.post("/v1/purchases/1/delivery", json=early, headers=once()), 422, "delivery-before-purchase"
        )
        refused(await till.post("/v1/purchases/9/delivery", json={}), 404, "unknown-purchase")
