"""What comes after a campaign was sent, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core.services.staff.keys import create_key
from core.shop import Shop
from tests.api.conftest import calling, once, refused, unchanged
from tests.bot.delivery.post import add_members
from tests.campaigns import content, launched, planned


@pytest.fixture
async def bo(app: FastAPI, shop: Shop) -> AsyncIterator[AsyncClient]:
    """A second person."""
    async with calling(app, create_key(shop, "bo", ["staff"])) as client:
        yield client


async def test_a_campaign_is_corrected_recalled_and_accounted_for(
    staff: AsyncClient, bo: AsyncClient, shop: Shop
) -> None:
    ids = add_members(shop, [1, 2])
    path = f"/v1/campaigns/{launched(shop, ids, [content('Hello {name}, 5 off')])}"
    planned(shop, int(path.rpartition("/")[2]), dict.fromkeys(ids, ("a", "en")))
    form = {"contents": [{"text": "Hello {name}, 4 off"}], "reason": "Wrong price"}
    asked = await staff.post(f"{path}/corrections", json=form, headers=once("c"))
    told = asked.json()
    assert (asked.status_code, told["status"], told["changes"][0]["before"]["text"]) == (
        201, "awaiting_approval", "Hello {name}, 5 off"
    )  # fmt: skip
    assert (await staff.post(f"{path}/corrections", json=form, headers=once("c"))).json() == told
    since = (await staff.get(path)).json()["amended"]
    assert since == {"corrections": 0, "waiting": told["id"], "recalled": False}
    approve = f"{path}/corrections/{told['id']}/approve"
    with unchanged(shop):
        own = await staff.post(approve, json={"sha256": told["sha256"]}, headers=once("o"))
        refused(own, 422, "own-correction")
        refused(await bo.post(approve, json={"sha256": "0" * 64}, headers=once("o")), 409, "correction-changed")
        gone = await bo.post(f"{path}/corrections/99/approve", json={"sha256": "0" * 64}, headers=once("g"))
        refused(gone, 404, "unknown-amendment")
    got = await bo.post(approve, json={"sha256": told["sha256"]}, headers=once("p"))
    assert (got.status_code, got.json()["approved_by"]) == (200, "staff:bo")
    recalled = await staff.post(f"{path}/recall", json={"reason": "Wrong people"}, headers=once("r"))
    assert (recalled.status_code, recalled.json()["kind"]) == (201, "recall")
    refused(await staff.post(f"{path}/recall", json={"reason": "x"}, headers=once("s")), 409, "campaign-recalled")
    whole = (await staff.get(path)).json()
    assert whole["amended"] == {"corrections": 1, "waiting": None, "recalled": True}
    assert [each["text"] for each in whole["contents"]] == ["Hello {name}, 5 off"]
    listed = (await staff.get(f"{path}/amendments")).json()["items"]
    assert [each["kind"] for each in listed] == ["edit", "recall"]
    results = (await staff.get(f"{path}/results?window_days=7&points_worth=100")).json()
    assert (results["meant"]["members"], results["lift"], results["states"]) == (
        2, None, [{"state": "suppressed", "reason": "cancelled", "count": 2}]
    )  # fmt: skip
    why = (await staff.get(f"{path}/members/{ids[0]}", headers={"Accept-Language": "en"})).json()
    assert (why["reason"], why["why"]) == (
        "has-delivery", ["Not sent: what it belongs to was cancelled."]
    )  # fmt: skip
    refused(await staff.get(f"{path}/members/99"), 404, "unknown-member")
    refused(await staff.get("/v1/campaigns/99/results"), 404, "unknown-campaign")
