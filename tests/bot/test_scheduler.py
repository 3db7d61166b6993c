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
        scheduler, alarm = create_scheduler(shop, threads)
        often = scheduler.get_job("often")
        assert often.trigger.interval == timedelta(minutes=1)
        scheduler.start(paused=True)
        assert (often.coalesce, often.max_instances, often.misfire_grace_time) == (True, 1, 3600)
        for name in ("often", "nightly", "hold"):
            threads.submit(scheduler.get_job(name).func).result()
        alarm.end()
        scheduler.shutdown()
    with shop.read() as session:
        kinds = [each.kind for each in entries(session, member_id).items]
    assert "expiry" in kinds
