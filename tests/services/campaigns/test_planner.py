"""A campaign is planned as soon as it is let go, and safely beside the scheduler."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from core.services.campaigns import plan_campaigns as planning
from core.services.campaigns.cancel_campaign import cancel_campaign
from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.campaigns.planner import Planner
from core.shop import Shop
from tests.bot.talk import until
from tests.services.campaigning import crowd, do, ends, launched, rows, view


@pytest.fixture(autouse=True)
def _in_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "CHUNK", 2)
    monkeypatch.setattr(planning, "COUPONS_A_CHUNK", 2)


async def test_a_planner_and_two_ticks_at_once_plan_each_member_once(club: Shop) -> None:
    """With a coupon each, of which no second one is issued."""
    ids = crowd(club, 10)
    launched(club, ids, "{name}: {coupon_code}", coupon="ten")

    async def planned() -> bool:
        return view(club, 1).planned_at is not None

    with Planner(club) as planner, ThreadPoolExecutor(2) as ticks:
        planner.carry_on(1)
        done = [ticks.submit(plan_campaigns, club) for _ in range(2)]
        await until(planned, "the campaign to be planned")
        made = [each.result().planned for each in done]
    assert sum(made) <= 10
    assert [row.member_id for row in rows(club)] == ids
    codes = Counter(row.filling["coupon_code"] for row in rows(club) if row.state == "planned")
    assert len(codes) == codes.total() == 10


def test_what_a_planner_leaves_the_next_tick_goes_on_with(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = crowd(shop, 6)
    launched(shop, ids)
    begun, prepared = Event(), planning._prepared
    with Planner(shop) as planner:

        def closing(*given: Any) -> Any:
            planner._closing.set()
            begun.set()
            return prepared(*given)

        monkeypatch.setattr(planning, "_prepared", closing)
        planner.carry_on(1)
        assert begun.wait(10)
    assert [row.member_id for row in rows(shop)] == ids[:2]  # the chunk that it was at
    plan_campaigns(shop)
    assert [row.member_id for row in rows(shop)] == ids


def test_what_is_called_off_is_over_at_once(shop: Shop) -> None:
    launched(shop, crowd(shop, 2))
    plan_campaigns(shop)
    do(shop, cancel_campaign, 1)
    assert view(shop, 1).ended_at is None
    for _ in planning.carry_on(shop, 1):
        raise AssertionError("nothing more is planned")
    assert ends(shop) == [("suppressed", "cancelled")] * 2
    assert view(shop, 1).ended_at == shop.now()
