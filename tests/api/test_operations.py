"""Health, readiness, metrics and the log."""

from __future__ import annotations

import json
from datetime import timedelta

import structlog
from anyio.to_thread import current_default_thread_limiter
from httpx import AsyncClient
from structlog.testing import capture_logs

from api.app import create_app
from core.rules.messaging import Caps
from core.rules.slots import Every
from core.services.chats.inbox import store_update
from core.services.deliveries.deliver import Policy, begin, turn
from core.services.deliveries.senders import Lead, note_refused
from core.services.run_ticks import Tick, Timekeeper, run_ticks, tally
from core.services.staff.keys import create_key
from core.settings import Settings
from core.shop import Shop
from tests.api.conftest import basket, calling, refused
from tests.bot.delivery.post import add_members, message, plan
from tests.conftest import FrozenClock


async def test_is_alive_and_ready(anybody: AsyncClient) -> None:
    assert (await anybody.get("/healthz")).json() == {"status": "ok"}
    assert (await anybody.get("/readyz")).json() == {"status": "ok", "program": "five-tier", "version": 1}


async def test_is_not_ready_without_a_program(bare_shop: Shop, settings: Settings) -> None:
    client = calling(create_app(bare_shop, settings))
    response = await client.get("/readyz")
    assert refused(response, 503, "no-program") == {}
    assert response.headers["retry-after"] == "5"
    assert (await client.get("/healthz")).status_code == 200


async def test_counts_requests_by_route_and_problems_by_reason(shop: Shop, settings: Settings, anna: int) -> None:
    till = calling(create_app(shop, settings), create_key(shop, "front", ["till"]))
    await till.get(f"/v1/members/{anna}")
    await till.get("/v1/members/77")
    await till.get("/v1/nowhere")
    figures = (await till.get("/metrics")).text.splitlines()
    route = 'method="GET",route="/v1/members/{member_id}"'
    assert f'regulars_http_requests_total{{{route},status="200"}} 1.0' in figures
    assert f'regulars_http_requests_total{{{route},status="404"}} 1.0' in figures
    assert f"regulars_http_request_seconds_count{{{route}}} 2.0" in figures
    assert 'regulars_http_requests_total{method="GET",route="none",status="404"} 1.0' in figures
    assert 'regulars_http_problems_total{reason="unknown-member"} 1.0' in figures


async def test_what_ticks_did_is_told(shop: Shop, settings: Settings) -> None:
    with shop.write() as session:
        tally(shop, session, "42:one", sent=3, failed=1, skipped={"no-consent": 2})
        tally(shop, session, "42:one", sent=2, failed=0, skipped={"no-consent": 1, "quiet-hours": 1})
    run_ticks(Timekeeper(shop, "one"), [Tick("broken", Every(1), lambda _: 1 // 0)])
    figures = (await calling(create_app(shop, settings)).get("/metrics")).text.splitlines()
    told = [each for each in figures if each.startswith("regulars_tick") and "took" not in each]
    messages = 'regulars_tick_messages{outcome="%s",reason="%s",tick="%s"} %s'
    assert told == [
        'regulars_tick_started_seconds{tick="broken"} 1.7724636e+09',
        'regulars_tick_started_seconds{tick="deliver"} 1.7724636e+09',
        'regulars_tick_runs{state="failed",tick="broken"} 1.0',
        'regulars_tick_runs{state="done",tick="broken"} 0.0',
        'regulars_tick_runs{state="failed",tick="deliver"} 0.0',
        'regulars_tick_runs{state="done",tick="deliver"} 1.0',
        *(messages % (outcome, "", "broken", 0.0) for outcome in ("planned", "sent", "failed")),
        *(messages % (outcome, "", "deliver", n) for outcome, n in (("planned", 0.0), ("sent", 5.0), ("failed", 1.0))),
        messages % ("skipped", "no-consent", "deliver", 3.0),
        messages % ("skipped", "quiet-hours", "deliver", 1.0),
    ]


async def test_what_waits_is_told(shop: Shop, settings: Settings, clock: FrozenClock) -> None:
    (ann,) = add_members(shop, [1])
    later = shop.now() + timedelta(hours=1)
    plan(shop, message(shop, ann), message(shop, ann, occasion="2"), message(shop, ann, occasion="3", due_at=later))
    store_update(shop, 7, 1, {})
    begin(shop, Lead(42, "42:one"), Policy(Caps(9, 9)), shop.now(), later)
    turn(shop, Lead(42, "42:one"), [], 1, Policy(Caps(9, 9)), later)
    note_refused(shop, 42, shop.now())
    clock.move(seconds=5)
    figures = (await calling(create_app(shop, settings)).get("/metrics")).text.splitlines()
    ours = ("regulars_deliveries", "regulars_updates", "regulars_bot")
    assert [each for each in figures if each.startswith(ours)] == [
        'regulars_deliveries{state="planned"} 2.0', 'regulars_deliveries{state="due"} 1.0',
        'regulars_deliveries{state="sending"} 1.0', "regulars_deliveries_late_seconds 5.0",
        "regulars_updates 1.0", "regulars_updates_waiting_seconds 5.0", 'regulars_bot_token_refused{bot="42"} 1.0',
    ]  # fmt: skip


async def test_two_apps_count_apart(shop: Shop, settings: Settings) -> None:
    one, other = (calling(create_app(shop, settings)) for _ in range(2))
    await one.get("/healthz")
    assert 'route="/healthz"' in (await one.get("/metrics")).text
    assert 'route="/healthz"' not in (await other.get("/metrics")).text


async def test_the_log_tells_the_request_and_nobodys_data(till: AsyncClient, anna: int) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await till.post("/v1/purchases", json=basket(member={"phone": "+12125550123"}), headers={"X-Request-ID": "r-1"})
        await till.get("/v1/members/77")
    first, second = ({name: line[name] for name in line if name != "ms"} for line in lines)
    assert first == {
        "event": "request",
        "log_level": "info",
        "request_id": "r-1",
        "method": "POST",
        "route": "/v1/purchases",
        "status": 201,
        "key_name": "front",
    }
    assert (second["status"], second["reason"]) == (404, "unknown-member")
    assert "2125550123" not in json.dumps(lines)


async def test_serves_with_as_many_threads_as_it_is_told(shop: Shop, settings: Settings) -> None:
    app = create_app(shop, settings.model_copy(update={"threads": 3}))
    async with app.router.lifespan_context(app):
        assert current_default_thread_limiter().total_tokens == 3
