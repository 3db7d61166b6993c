from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox import create_app, running
from tests.sandbox.support import Peer, StillClock, Stopwatch


@pytest.fixture
async def telegram() -> AsyncIterator[Peer]:
    clock, stopwatch = StillClock(), Stopwatch()
    app = create_app(clock=clock, seed=7, seconds=stopwatch)
    async with running(app, port=0) as address, httpx.AsyncClient(base_url=address, timeout=20, verify=False) as http:
        yield Peer(address, http, app.state.sandbox, clock, stopwatch)
