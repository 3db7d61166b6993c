"""Planning a campaign to everybody, in a process of its own: rows per second and peak memory.

`python -m benchmarks.planning DATABASE_FILE COUNT` is that process.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter

from sqlalchemy import insert, literal, select

from benchmarks.crowd import fill
from benchmarks.journey import peak_megabytes
from benchmarks.rows import Row
from benchmarks.shops import measured_apart, open_shop
from core.db.facts import segment_members, segments
from core.db.members import members
from core.insight.segments import Audience
from core.rules.campaigns import Content
from core.services.campaigns.approve_campaign import Approval, approve_campaign
from core.services.campaigns.campaigning import CampaignRef
from core.services.campaigns.draft_campaign import CampaignForm, draft_campaign
from core.services.campaigns.forecast_campaign import forecast_campaign
from core.services.campaigns.launch_campaign import launch_campaign
from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.campaigns.request_approval import request_approval
from core.services.once import Caller
from core.shop import Shop

MOST_MEGABYTES = 200
LEAST_FLATNESS = 0.8
FEW, MANY = 100_000, 1_000_000
EVERYBODY = "Everybody"


def planned(quick: bool) -> list[Row]:
    """The peaks at a tenth of the recipients and at all of them: flat if they are alike."""
    few, many = (500, 1_000) if quick else (FEW, MANY)
    small, large = (measured_apart("benchmarks.planning", _fill, each) for each in (few, many))
    return [
        Row(f"planning for {many:,} members", many / large["seconds"], "rows/s"),
        Row(f"forecast over {many:,} members", large["forecast_seconds"], "s"),
        Row("peak memory of planning", large["peak_megabytes"], "MB", MOST_MEGABYTES, at_most=True),
        Row(
            f"peak memory for {few:,} over that for {many:,}",
            small["peak_megabytes"] / large["peak_megabytes"],
            "ratio",
            LEAST_FLATNESS,
        ),
    ]


def _fill(shop: Shop, count: int) -> None:
    """With a segment that lists everybody."""
    fill(shop, count)
    now = shop.now()
    listed = {"id": 1, "name": EVERYBODY, "frozen_at": now, "source": "bench", "created_at": now, "changed_at": now}
    with shop.write() as session:
        session.execute(insert(segments).values(**listed, changed_by="bench"))
        session.execute(
            insert(segment_members).from_select(["segment_id", "member_id"], select(literal(1), members.c.id))
        )


def _plan(file: str, count: int) -> dict[str, float]:
    shop = open_shop(f"sqlite:///{file}")
    text = "{name}, fruit and vegetables are 20 % off until Saturday."
    form = CampaignForm(name="Fruit", audience=Audience(segment=EVERYBODY), contents=[Content(text=text)])
    head = draft_campaign(shop, Caller("staff:ann", "draft"), form)
    campaign = CampaignRef(campaign=head.id)
    before = perf_counter()
    forecast_campaign(shop, Caller("staff:ann", "forecast"), campaign)
    forecast_seconds = perf_counter() - before
    request_approval(shop, Caller("staff:ann", "ask"), campaign)
    approve_campaign(shop, Caller("staff:bo", "approve"), Approval(campaign=head.id, sha256=head.sha256))
    launch_campaign(shop, Caller("staff:ann", "launch"), campaign)
    before = perf_counter()
    done = plan_campaigns(shop).planned
    seconds = perf_counter() - before
    shop.database.dispose()
    assert done == count
    return {"seconds": seconds, "forecast_seconds": forecast_seconds, "peak_megabytes": peak_megabytes()}


if __name__ == "__main__":
    print(json.dumps(_plan(sys.argv[1], int(sys.argv[2]))))
