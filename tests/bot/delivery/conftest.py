from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.delivery.governor import Governor
from bot.delivery.worker import run_worker
from bot.sandbox import create_app, running
from core.ports import SystemClock
from core.rules.messaging import Caps
from core.services.deliveries.deliver import Policy
from core.shop import Shop
from tests.bot.delivery.post import TOKEN, states
from tests.bot.talk import until

POLICY = Policy(Caps(9, 9))
OPEN = {"planned", "sending"}


@dataclass
class Post:
    """A sandbox, and senders that go to it."""

    address: str
    http: httpx.AsyncClient
    shop: Shop
    rate: int = 1000

    @asynccontextmanager
    async def sending(self, governor: Governor | None = None) -> AsyncIterator[Governor]:
        """A worker as long as the block runs."""
        own = governor or Governor(self.rate)
        worker = asyncio.create_task(run_worker(self.shop, TOKEN, self.address, governor=own, policy=POLICY, lease_s=1))
        try:
            yield own
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    async def done(self) -> list[str]:
        """The states, once none is open."""

        async def ended() -> bool:
            return not OPEN & set(states(self.shop))

        await until(ended, "an end for every message")
        return states(self.shop)

    async def fault(self, kind: str, **more: Any) -> None:
        got = await self.http.post("/sandbox/faults", json={"kind": kind, "method": "sendMessage", **more})
        assert got.status_code == 201, got.text

    async def calls(self) -> list[dict[str, Any]]:
        found = (await self.http.get("/sandbox/calls")).json()
        return [each for each in found if each["method"].lower() == "sendmessage"]


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """tests/services/deliveries/test_deliver.py and the crash test go to both."""
    shutil.copy(sqlite_template, tmp_path / "regulars.db")
    return f"sqlite:///{tmp_path / 'regulars.db'}"


@pytest.fixture
def clock() -> SystemClock:
    """Time goes on here: what is put off is due later."""
    return SystemClock()


@pytest.fixture
async def post(shop: Shop) -> AsyncIterator[Post]:
    app = create_app(seed=7)
    async with running(app, port=0) as address, httpx.AsyncClient(base_url=address, timeout=20) as http:
        yield Post(address, http, shop)
