"""Stored value over HTTP: topped up, paid with, returned, taken back, reported."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from httpx import AsyncClient

from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.shop import Shop
from tests.api.conftest import ANNA, refused, unchanged
from tests.club import publish
from tests.stored_value import PREPAID

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ANNAS = {"card_number": "ANNA-1"}


@pytest.fixture
def shop(bare_shop: Shop) -> Shop:
    """A shop that keeps money for its members."""
    publish(bare_shop, PREPAID)
    return bare_shop


@pytest.fixture
def anna(shop: Shop) -> int:
    return enrol(shop, Caller("system", "anna"), EnrolForm.model_validate(ANNA)).id


def order(number: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"external_id": number, "member": ANNAS, "amount": amount, "store": "north", **more}


async def test_money_in_out_and_back(till: AsyncClient, staff: AsyncClient, anna: int) -> None:
    topped = await till.post("/v1/top-ups", json=order("T1", 10_000))
    assert topped.status_code == 201
    assert topped.json() == {
        "id": 1,
        "external_id": "T1",
        "member_id": anna,
        "amount": 10_000,
        "bonus": 1_000,
        "bonus_expires_at": "2027-03-02T16:00:00Z",
        "stored_value": {
            "balance": 11_000,
            "paid_in": 10_000,
            "bonus": 1_000,
            "lapsing": [{"amount": 1_000, "expires_at": "2027-03-02T16:00:00Z"}],
        },
    }
    again = await till.post("/v1/top-ups", json=order("T1", 10_000))
    assert again.json() == topped.json()
    paid = (await till.post("/v1/payments", json=order("R1", 10_500))).json()
    assert (paid["paid_in"], paid["bonus"], paid["stored_value"]["balance"]) == (10_000, 500, 500)
    body = {"external_id": "B1", "amount": 700, "store": "north"}
    back = (await till.post(f"/v1/payments/{paid['id']}/refunds", json=body)).json()
    assert (back["paid_in"], back["bonus"], back["left"]) == (200, 500, 9_800)
    body = {"external_id": "C1", "store": "north"}
    taken = (await staff.post(f"/v1/top-ups/{topped.json()['id']}/take-back", json=body)).json()
    assert (taken["amount"], taken["bonus"], taken["left"]) == (200, 1_000, 0)
    held = (await till.get(f"/v1/members/{anna}/stored-value")).json()
    assert held == {"balance": 0, "paid_in": 0, "bonus": 0, "lapsing": []}
    first = (await till.get(f"/v1/members/{anna}/stored-value/ledger?limit=4")).json()
    assert [(each["kind"], each["amount"]) for each in first["items"]] == [
        ("reversal", -1_000), ("payout", -200), ("refund", 700), ("payment", -10_500),
    ]  # fmt: skip
    rest = (await till.get(f"/v1/members/{anna}/stored-value/ledger?after={first['next']}")).json()
    assert ([each["kind"] for each in rest["items"]], rest["next"]) == (["bonus", "top_up"], None)
    assert rest["items"][0]["explanation"]["steps"] == [{"do": "bonus_fixed", "from": 10_000, "bonus": 1_000}]


async def test_what_is_refused_changes_nothing(till: AsyncClient, staff: AsyncClient, shop: Shop, anna: int) -> None:
    await till.post("/v1/top-ups", json=order("T1", 10_000))
    back = {"external_id": "B1", "amount": 1, "store": "north"}
    with unchanged(shop):
        assert refused(await till.post("/v1/payments", json=order("R1", 11_001)), 422, "stored-value-short") == {
            "needed": 11_001,
            "balance": 11_000,
            "missing": 1,
        }
        refused(await till.post("/v1/top-ups", json=order("T2", 999)), 422, "top-up-below-least")
        refused(await till.post("/v1/top-ups", json=order("T1", 20_000)), 409, "external-id-reused")
        refused(await till.post("/v1/payments/1/refunds", json=back), 404, "unknown-payment")
        refused(await staff.post("/v1/top-ups/2/take-back", json=back), 404, "unknown-top-up")
        refused(await till.post("/v1/top-ups/1/take-back", json=back), 403, "scope-missing")
        refused(await till.get("/v1/members/77/stored-value"), 404, "unknown-member")
        refused(await staff.get("/v1/reports/stored-value?until=0"), 422, "invalid-request")
        refused(
            await staff.get("/v1/reports/stored-value?until=0001-01-01&since=0001-01-01"), 422, "report-period-invalid"
        )
        assert (await staff.get("/v1/reports/stored-value?since=0001-01-01&until=9999-12-31")).status_code == 200
        refused(
            await staff.get("/v1/reports/stored-value?since=2026-03-02&until=2026-03-02"), 422, "report-period-invalid"
        )


async def test_the_report_as_json_and_as_csv(till: AsyncClient, staff: AsyncClient, anna: int) -> None:
    await till.post("/v1/top-ups", json=order("T1", 10_000))
    await till.post("/v1/payments", json=order("R1", 10_500, store="=south"))
    path = "/v1/reports/stored-value?since=2026-03-01&until=2026-04-01"
    told = (await staff.get(path)).json()
    assert (told["at_start"], told["at_end"]) == ({"paid_in": 0, "bonus": 0}, {"paid_in": 0, "bonus": 500})
    assert [each["store"] for each in told["stores"]] == ["=south", "north"]
    assert told["total"]["spent"] == {"paid_in": 10_000, "bonus": 500}
    by_query = await staff.get(f"{path}&format=csv")
    by_header = await staff.get(path, headers={"Accept": "text/csv"})
    assert by_query.text == by_header.text
    assert by_query.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_query.headers["content-disposition"] == 'attachment; filename="stored-value-2026-03-01-2026-04-01.csv"'
    rows = list(csv.DictReader(by_query.text.splitlines()))
    assert [(row["row"], row["store"], row["spent_bonus"], row["at_end_bonus"]) for row in rows] == [
        ("store", "'=south", "500", ""),
        ("store", "north", "0", ""),
        ("total", "", "500", "500"),
    ]
    assert (await staff.get(f"{path}&format=json", headers={"Accept": "text/csv"})).json() == told
