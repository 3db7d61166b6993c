from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.scheduler import create_scheduler
from core.insight.ledger import entries
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import buy, enrol_one, line


async def test_each_minute_what_is_due_is_done(shop: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(shop)
    buy(shop, member_id, "p1", line(1000))
    clock.move(days=400)
    with ThreadPoolExecutor(1) as threads:
        scheduler = create_scheduler(shop, threads)
        due = scheduler.get_job("due")
        assert due.trigger.interval == timedelta(minutes=1)
        scheduler.start(paused=True)
        assert (due.coalesce, due.max_instances, due.misfire_grace_time) == (True, 1, 3600)
        threads.submit(due.func, *due.args).result()
        scheduler.shutdown()
    with shop.read() as session:
        kinds = [each.kind for each in entries(session, member_id).items]
    assert "expiry" in kinds
