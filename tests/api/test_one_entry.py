"""One entry over HTTP: what judged it, which lots it moved, and the words of the chat."""

from __future__ import annotations

import pytest
from httpx import AsyncClient

from tests.api.conftest import once, refused

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_an_entry_is_told_in_the_language_that_was_asked_for(staff: AsyncClient, anna: int) -> None:
    for points in (100, -30):
        body = {"member": {"id": anna}, "points": points, "reason": "Broken eggs"}
        await staff.post("/v1/adjustments", json=body, headers=once(f"k{points}"))
    taken, given = (await staff.get(f"/v1/members/{anna}/ledger")).json()["items"]
    address = f"/v1/members/{anna}/ledger/{taken['id']}"
    told = (await staff.get(address)).json()
    assert {key: told[key] for key in taken} == taken
    assert (told["version"], told["unpaid"], told["name"]) == (1, 0, "Change by the shop")
    (lot,) = told["lots"]
    assert (lot["points"], lot["rule"], lot["expires_at"]) == (30, "manual", given["expires_at"])
    assert told["because"] == [
        "The shop changed your points. Reason: Broken eggs",
        "Taken: 30 points of Mar 2, 2026 (Change by the shop), good until Mar 2, 2027",
        "Judged by version 1 of the program",
    ]
    chinese = (await staff.get(address, headers={"Accept-Language": "zh"})).json()
    assert chinese["because"][-1] == "依会员计划第 1 版判定"


async def test_an_entry_that_is_not_there(staff: AsyncClient, anna: int) -> None:
    refused(await staff.get(f"/v1/members/{anna}/ledger/99"), 404, "unknown-entry")
    refused(await staff.get("/v1/members/99/ledger/1"), 404, "unknown-member")
