"""A campaign over HTTP, from draft to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.staff.keys import create_key
from core.shop import Shop
from tests.api.conftest import calling, once, refused, unchanged
from tests.services.campaigning import crowd

TEXT = "<b>{name}</b>, for you"


@pytest.fixture
async def bo(app: FastAPI, shop: Shop) -> AsyncIterator[AsyncClient]:
    """A second person."""
    async with calling(app, create_key(shop, "bo", ["staff"])) as client:
        yield client


async def test_a_campaign_takes_its_course(staff: AsyncClient, bo: AsyncClient, app: FastAPI, shop: Shop) -> None:
    carried: list[int] = []
    app.state.carry_on = carried.append
    ids = crowd(shop, 3)
    form = {"name": "Spring", "audience": {"members": ids}, "contents": [{"text": TEXT}], "holdout": 0}
    made = await staff.post("/v1/campaigns", json=form, headers=once("d"))
    head = made.json()
    path = f"/v1/campaigns/{head['id']}"
    assert (made.status_code, head["status"]) == (201, "draft")
    assert (await staff.post("/v1/campaigns", json=form, headers=once("d"))).json() == head
    changed = await staff.patch(path, json={"ends_at": "2026-03-03T00:00:00Z"}, headers=once("c"))
    assert changed.json()["sha256"] != head["sha256"]
    told = (await staff.post(f"{path}/forecast", headers=once("f"))).json()
    assert (told["funnel"]["to_send"], told["per_second"], told["stars_tenths"]) == (3, 30, 0)
    seen = (await staff.post(f"{path}/preview", json={"members": [{"id": ids[1]}]})).json()["seen"]
    assert [each["text"] for each in seen] == [TEXT, "<b>Member 2</b>, for you"]
    sent = await staff.post(f"{path}/test", json={"to": [{"id": ids[0]}]}, headers=once("t"))
    assert (sent.status_code, sent.json()["planned"]) == (201, 1)
    asked = (await staff.post(f"{path}/approval", headers=once("a"))).json()
    with unchanged(shop):
        refused(await staff.post(f"{path}/launch", headers=once("l")), 409, "campaign-in-another-state")
        own = await staff.post(f"{path}/approve", json={"sha256": asked["sha256"]}, headers=once("o"))
        refused(own, 422, "own-campaign")
        other = await bo.post(f"{path}/approve", json={"sha256": "0" * 64}, headers=once("o"))
        refused(other, 409, "campaign-changed")
    await bo.post(f"{path}/approve", json={"sha256": asked["sha256"]}, headers=once("p"))
    for step in ("launch", "pause", "resume"):
        got = await staff.post(f"{path}/{step}", headers=once(step))
        assert (got.status_code, got.json()["status"]) == (200, "paused" if step == "pause" else "launched"), got.text
    assert carried == [head["id"]] * 2  # by launch and resume: neither waits for a tick
    plan_campaigns(shop)
    whole = (await bo.get(path)).json()
    assert (whole["approved_by"], whole["progress"]["states"]) == (
        "staff:bo", [{"state": "planned", "reason": None, "count": 3, "words": "not sent yet"}],
    )  # fmt: skip
    page = (await bo.get(f"{path}/deliveries?limit=2&state=planned")).json()
    rest = (await bo.get(f"{path}/deliveries?limit=2&after={page['next']}")).json()
    assert [each["member_id"] for each in [*page["items"], *rest["items"]]] == ids[::-1]
    assert (page["items"][0]["arm"], rest["next"]) == ("a", None)
    assert (await staff.post(f"{path}/cancel", headers=once("x"))).json()["status"] == "cancelled"
    assert carried == [head["id"]] * 3
    items = {each["item"]: each for each in (await bo.get(f"{path}/comparison")).json()["items"]}
    assert items["suppressed: cancelled"] == {
        "item": "suppressed: cancelled", "forecast": 0, "happened": 3, "words": "called off before it left",
    }  # fmt: skip
    assert items["to_send"]["forecast"] == 3
    listed = (await bo.get("/v1/campaigns?status=cancelled")).json()
    assert ([each["id"] for each in listed["items"]], listed["next"]) == ([head["id"]], None)


async def test_what_is_wrong_is_told_where_it_is(staff: AsyncClient, shop: Shop) -> None:
    form = {"name": "Spring", "audience": {"members": [1]}, "contents": [{"text": "Hello {nmae}"}]}
    with unchanged(shop):
        facts = refused(
            await staff.post("/v1/campaigns", json=form, headers=once()), 422, "message-placeholder-unknown"
        )
        assert (facts["placeholder"], facts["content"]) == ("nmae", "a, en")
        mistakes: list[dict[str, object]] = [
            {"audience": {}}, {"schedule": {"local": "2026-12-01T10:00Z"}}, {"holdout": 5_001},
            {"schedule": {"at": "2100-01-01T00:00:00Z"}},
        ]  # fmt: skip
        for wrong in mistakes:
            got = await staff.post("/v1/campaigns", json=form | wrong, headers=once())
            refused(got, 422, "invalid-request")
    refused(await staff.get("/v1/campaigns/77"), 404, "unknown-campaign")
