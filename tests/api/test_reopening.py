"""An account that was closed for want of purchases is seen as such, and staff open it again."""

from __future__ import annotations

from httpx import AsyncClient

from core.services.books.run_due import run_due
from core.shop import Shop
from tests.api.conftest import once, refused, unchanged
from tests.club import publish
from tests.conftest import FIVE_TIER, FrozenClock

WHY = {"reason": "back from abroad"}
DORMANCY = "\n[dormancy]\nafter_months = 24\nnotice_days = 32\n"


async def test_reopens(staff: AsyncClient, till: AsyncClient, shop: Shop, clock: FrozenClock, anna: int) -> None:
    publish(shop, FIVE_TIER.read_text(encoding="utf-8") + DORMANCY)
    run_due(shop)
    path = f"/v1/members/{anna}"
    assert (await till.get(path)).json()["closed_at"] is None
    with unchanged(shop):
        refused(await staff.post(f"{path}/reopen", json=WHY, headers=once()), 409, "member-not-closed")
        refused(await till.post(f"{path}/reopen", json=WHY, headers=once()), 403, "scope-missing")
    clock.set(clock.now().replace(year=clock.now().year + 3))
    run_due(shop)
    assert (await till.get(path)).json()["closed_at"] is not None
    activity = {"activity": "review", "about": "apples"}
    refused(await till.post(f"{path}/activities", json=activity, headers=once()), 409, "member-closed")
    opened = await staff.post(f"{path}/reopen", json=WHY, headers=once("k-1"))
    assert (opened.status_code, [each["rule"] for each in opened.json()["entries"]]) == (201, ["reopened"])
    with unchanged(shop):
        assert (await staff.post(f"{path}/reopen", json=WHY, headers=once("k-1"))).json() == opened.json()
    assert (await till.get(path)).json()["closed_at"] is None
