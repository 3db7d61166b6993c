from __future__ import annotations

import asyncio
import socket
from datetime import datetime, timedelta

import httpx
import pytest

from bot.sandbox import create_app, main, running, serve
from tests.sandbox.support import START, TOKEN, StillClock, until


async def get_me(address: str, token: str) -> int:
    async with httpx.AsyncClient(verify=False) as http:
        return (await http.get(f"{address}/bot{token}/getMe")).status_code


async def test_with_given_tokens_there_are_no_others() -> None:
    async with running(create_app(tokens=[TOKEN]), port=0) as address:
        assert await get_me(address, TOKEN) == 200
        assert await get_me(address, "4242:another-one") == 401


@pytest.mark.parametrize("token", ["4242", "4242:abc", "x:abcdefgh", "4242:abc$defgh", ":abcdefgh"])
async def test_malformed_tokens_are_unauthorized(token: str) -> None:
    async with running(create_app(), port=0) as address:
        assert await get_me(address, token) == 401


async def test_what_was_written_before_the_first_call_waits_for_the_bot() -> None:
    async with running(create_app(seed=1), port=0) as address, httpx.AsyncClient(verify=False) as http:
        chat = (await http.post(f"{address}/sandbox/users", json={"first_name": "Ann"})).json()["chat_id"]
        sent = (await http.post(f"{address}/sandbox/chats/{chat}/send", json={"text": "early"})).json()
        updates = (await http.get(f"{address}/bot{TOKEN}/getUpdates")).json()["result"]
        assert [update["update_id"] for update in updates] == [sent["update_id"]]


async def test_a_seed_repeats_every_id() -> None:
    seen = []
    for seed in (5, 5, 6):
        async with running(create_app(seed=seed), port=0) as address, httpx.AsyncClient(verify=False) as http:
            chat = (await http.post(f"{address}/sandbox/users", json={"first_name": "Ann"})).json()["chat_id"]
            sent = (await http.post(f"{address}/sandbox/chats/{chat}/send", json={"text": "x"})).json()
            seen.append((chat, sent["update_id"]))
    assert seen[0] == seen[1] != seen[2]


async def test_whoever_moves_the_clock_may_go_in_steps_before_it_answers() -> None:
    clock, seen = StillClock(), list[datetime]()

    async def move(to: datetime) -> None:
        while clock.now() < to:
            clock.advance(timedelta(seconds=30))
            seen.append(clock.now())

    async with running(create_app(clock=clock, move_clock=move), port=0) as address, httpx.AsyncClient() as http:
        moved = await http.post(f"{address}/sandbox/clock", json={"advance_s": 60})
        assert moved.json() == {"now": (START + timedelta(seconds=60)).isoformat()}
        assert seen == [START + timedelta(seconds=30), START + timedelta(seconds=60)]


async def test_serve_tells_its_address_and_stops_when_cancelled() -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(port=0, ready=ready.set_result))
    address = await ready
    async with httpx.AsyncClient(verify=False) as http:
        waiting = asyncio.create_task(http.get(f"{address}/bot{TOKEN}/getUpdates", params={"timeout": 50}))

        async def received() -> bool:
            return bool((await http.get(f"{address}/sandbox/calls")).json())

        await until(received)
        serving.cancel()
        assert (await waiting).json() == {"ok": True, "result": []}
        with pytest.raises(asyncio.CancelledError):
            await serving
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{address}/sandbox/clock")


def test_a_taken_port_is_said_clearly(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert f"can't listen on 127.0.0.1:{port}: Address already in use. Take another --port." in capsys.readouterr().err
