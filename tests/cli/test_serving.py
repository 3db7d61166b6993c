"""The doors as `regulars serve` opens them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from core.services.staff.keys import create_key
from core.settings import Settings
from core.shop import Shop
from serving import Role, address_of, listen, open_doors
from tests.bot.talk import until
from tests.services.campaigning import approved, crowd


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_launch_over_http_waits_for_no_scheduler(small_shop: Shop, tmp_path: Path) -> None:
    """The API alone, in a process where nothing ticks."""
    approved(small_shop, crowd(small_shop, 3))
    listening, stop = listen("127.0.0.1", 0), asyncio.Event()
    settings = Settings(_env_file=None)
    serving = asyncio.create_task(open_doors(small_shop, settings, [Role.API], stop, listening=listening))
    head = {"Authorization": f"Bearer {create_key(small_shop, 'ann', ['staff'])}", "Idempotency-Key": "launch"}
    async with httpx.AsyncClient(base_url=address_of(listening), headers=head) as http:
        got = await http.post("/v1/campaigns/1/launch")
        assert (got.status_code, got.json()["status"]) == (200, "launched")

        async def planned() -> bool:
            progress = (await http.get("/v1/campaigns/1")).json()["progress"]
            return (progress["planning_done"], progress["recipients"]) == (True, 3)

        await until(planned, "the campaign to be planned")
    stop.set()
    await serving
