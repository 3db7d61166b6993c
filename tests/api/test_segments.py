"""Segments and tags over HTTP."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from httpx import AsyncClient
from jsonschema_rs import Draft202012Validator
from pydantic import ValidationError

from api.filter_schema import filter_schema
from core.program.filters import FACTS, Filter
from core.services.segments.refresh_facts import refresh_facts
from core.shop import Shop
from tests.api.conftest import once, refused

_numbers = count(1)

BASIC = {"fact": "tier", "is": "one_of", "value": "basic"}
VIP = {"fact": "tag", "is": "any_of", "value": ["vip"]}


def new() -> dict[str, str]:
    return once(f"k-{next(_numbers)}")


@pytest.fixture
async def tagged(staff: AsyncClient, shop: Shop, anna: int) -> int:
    """Anna with a tag, and facts."""
    response = await staff.put(f"/v1/members/{anna}/tags/vip", headers=new())
    assert response.json() == {"member_id": anna, "tags": ["vip"]}
    refresh_facts(shop)
    return anna


async def test_saves_previews_freezes_and_deletes(staff: AsyncClient, tagged: int) -> None:
    saved = await staff.post("/v1/segments", json={"name": "VIPs", "filter": VIP}, headers=new())
    assert (saved.status_code, saved.json().get("name")) == (201, "VIPs"), saved.text
    listed = (await staff.get("/v1/segments", headers={"Accept-Language": "zh"})).json()
    assert [(each["name"], each["filter"], each["words"]) for each in listed["items"]] == [
        ("VIPs", VIP, "带有标签：vip（任一）")
    ]
    asked = {"filter": {"not": {"any": [{"not": VIP}]}}}
    told = (await staff.post("/v1/segments/preview", json=asked)).json()
    assert (told["members"], told["overlaps"]) == (1, [{"segment": "VIPs", "members": 1}])
    assert [each["id"] for each in told["examples"]] == [tagged]
    assert told["words"] == "not: not: has the tag: vip (any)"
    frozen = await staff.post("/v1/segments/VIPs/freeze", json={"into": "VIPs of March"}, headers=new())
    assert (frozen.status_code, frozen.json()["members"]) == (201, 1)
    look = (await staff.get("/v1/segments/VIPs of March/preview")).json()
    assert (look["members"], look["words"]) == (1, None)
    ended = await staff.delete("/v1/segments/VIPs", headers=new())
    assert (ended.status_code, ended.json()) == (200, {"name": "VIPs"})
    facts = refused(await staff.get("/v1/segments/VIPs"), 404, "segment-unknown")
    assert facts["known"] == ["VIPs of March"]
    dropped = await staff.delete(f"/v1/members/{tagged}/tags/vip", headers=new())
    assert dropped.json() == {"member_id": tagged, "tags": []}
    assert (await staff.get(f"/v1/members/{tagged}/tags")).json() == dropped.json()


@pytest.mark.parametrize(
    ("asked", "pointer", "what"),
    [
        (
            {"all": [BASIC, {"fact": "teir", "is": "known"}]},
            "/filter/all/1",
            "there is no fact 'teir'; did you mean \"tier\"?",
        ),
        ({"not": {"fact": "tier", "is": "known"}}, "/filter/not", None),
    ],
)
async def test_says_where_a_filter_is_wrong(
    staff: AsyncClient, asked: dict[str, Any], pointer: str, what: str | None
) -> None:
    response = await staff.post("/v1/segments/preview", json={"filter": asked})
    assert response.status_code == 422
    (mistake,) = response.json()["errors"]
    assert mistake["pointer"] == pointer
    assert what is None or mistake["what"] == what


def test_filters_are_described_as_they_are_taken() -> None:
    """One of each kind of condition, sound and unsound."""
    schema = filter_schema("Filter")
    described = Draft202012Validator({**schema, "components": {"schemas": {"Filter": schema}}}, validate_formats=True)
    values: list[Any] = [None, True, 3, -1, 3.5, [1, 5], [1], "new", ["lost", "silent"], "campaign:1", "2026-03-02", []]
    for name in FACTS:
        for operator in ("equal", "at_least", "between", "known", "one_of", "any_of", "before", "none"):
            for value in values:
                asked = {"fact": name, "is": operator} | ({} if value is None else {"value": value})
                for one in (asked, {"any": [asked]}, asked | {"of": "grocery"}, {"not": asked, **asked}):
                    assert described.is_valid(one) == _taken(one), one


def _taken(asked: dict[str, Any]) -> bool:
    try:
        Filter.model_validate(asked)
    except ValidationError:
        return False
    return True


async def test_a_filter_nested_beyond_reason_is_refused(staff: AsyncClient) -> None:
    for levels in (7, 500):
        asked: dict[str, Any] = BASIC
        for _ in range(levels):
            asked = {"not": asked}
        response = await staff.post("/v1/segments/preview", json={"filter": asked})
        assert response.status_code == 422, levels


async def test_refuses_what_the_program_does_not_have(staff: AsyncClient, tagged: int) -> None:
    asked = {"fact": "tier", "is": "at_least", "value": "glod"}
    response = await staff.post("/v1/segments", json={"name": "x", "filter": asked}, headers=new())
    assert refused(response, 422, "filter-value-unknown")["value"] == "glod"
    good = {"name": "x", "filter": BASIC | {"value": "gold"}}
    assert (await staff.post("/v1/segments", json=good, headers=new())).status_code == 201
    response = await staff.post("/v1/segments", json=good | {"filter": VIP}, headers=new())
    refused(response, 409, "segment-taken")


async def test_the_report_of_members(staff: AsyncClient, tagged: int) -> None:
    told = (await staff.get("/v1/reports/members?months=2")).json()
    assert (len(told["months"]), told["stages"]["joined"], told["cells"]) == (2, 1, [])
    exported = await staff.get("/v1/reports/members", headers={"Accept": "text/csv"})
    assert exported.text.splitlines()[0] == "what,which,members"
