"""The program and the feedback, as tills and staff read them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core.services.activities.give_feedback import FeedbackIn, give_feedback
from core.services.once import Caller
from core.services.staff.keys import create_key
from core.shop import Shop
from tests.api.conftest import calling, once, refused, unchanged
from tests.conftest import FIVE_TIER

SOURCE = FIVE_TIER.read_text(encoding="utf-8")
LESS = SOURCE.replace("fixed = 200", "fixed = 100")


async def test_tells_the_program_in_force(till: AsyncClient) -> None:
    program = (await till.get("/v1/programs/current")).json()
    assert (program["id"], program["version"], program["currency"], program["decimals"]) == ("five-tier", 1, "USD", 2)
    assert [tier["id"] for tier in program["tiers"]] == ["regular", "silver", "gold", "platinum", "diamond"]
    assert (program["tiers"][1]["spend"], program["tiers"][1]["points"]) == (50000, 800)
    assert {"id": "produce", "name": {"en": "Fruit and vegetables", "zh-Hans": "蔬菜水果"}} in program["categories"]


async def test_staff_reads_feedback(staff: AsyncClient, shop: Shop, anna: int) -> None:
    for number, kind in enumerate(("praise", "idea", "complaint")):
        wish = FeedbackIn.model_validate({"member_id": anna, "kind": kind, "text": f"a {kind}"})
        give_feedback(shop, Caller("telegram:42", str(number)), wish)
    first = (await staff.get("/v1/feedback", params={"limit": 2})).json()
    assert [(each["member_id"], each["text"]) for each in first["items"]] == [(anna, "a complaint"), (anna, "a idea")]
    rest = (await staff.get("/v1/feedback", params={"limit": 2, "after": first["next"]})).json()
    assert ([each["text"] for each in rest["items"]], rest["next"]) == (["a praise"], None)
    ideas = (await staff.get("/v1/feedback", params={"kind": "idea"})).json()
    assert [each["kind"] for each in ideas["items"]] == ["idea"]
    refused(await staff.get("/v1/feedback", params={"kind": "rant"}), 422, "invalid-request")


@pytest.fixture
async def other(app: FastAPI, shop: Shop) -> AsyncIterator[AsyncClient]:
    """A second admin."""
    async with calling(app, create_key(shop, "bo", ["admin"])) as client:
        yield client


async def test_one_admin_drafts_another_publishes(admin: AsyncClient, other: AsyncClient, anna: int) -> None:
    made = await admin.post("/v1/programs", json={"source": LESS, "note": "less"}, headers=once("d"))
    draft = made.json()
    assert (made.status_code, draft["status"], draft["drafted_by"]) == (201, "open", "admin:root")
    assert (await admin.post("/v1/programs", json={"source": LESS, "note": "less"}, headers=once("d"))).json() == draft
    shown = (await other.get(f"/v1/programs/{draft['id']}")).json()
    assert (shown["source"], shown["sha256"]) == (LESS, draft["sha256"])
    assert [(each["key"], each["before"], each["after"]) for each in shown["changes"]] == [
        ("earning.rules[first-purchase].fixed", "200", "100")
    ]
    body, path = {"sha256": draft["sha256"], "effective_at": "2026-04-01T00:00:00-04:00"}, f"/v1/programs/{draft['id']}"
    refused(await admin.post(f"{path}/publish", json=body, headers=once("own")), 422, "own-draft")
    changed = await other.post(f"{path}/publish", json=body | {"sha256": "0" * 64}, headers=once("other"))
    refused(changed, 409, "draft-changed")
    published = await other.post(f"{path}/publish", json=body, headers=once("p"))
    assert (published.status_code, published.json()["id"]) == (201, 2)
    assert (await other.post(f"{path}/publish", json=body, headers=once("p"))).json() == published.json()
    refused(await other.post(f"{path}/publish", json=body, headers=once("p2")), 409, "draft-published")
    told = (await other.get("/v1/programs")).json()
    assert (told["in_force"], told["drafts"]) == (1, [])
    assert [(each["id"], each["drafted_by"], each["published_by"]) for each in told["versions"]] == [
        (1, "system", "system"),
        (2, "admin:root", "admin:bo"),
    ]
    assert (await other.get("/v1/programs/versions/2")).json()["source"] == LESS


async def test_withdrawing_and_what_is_not_there(admin: AsyncClient, other: AsyncClient) -> None:
    draft = (await admin.post("/v1/programs", json={"version": 1}, headers=once("d"))).json()
    assert [each["id"] for each in (await admin.get("/v1/programs")).json()["drafts"]] == [draft["id"]]
    withdrawn = await other.post(f"/v1/programs/{draft['id']}/withdraw", headers=once("w"))
    assert (withdrawn.status_code, withdrawn.json()["withdrawn_by"]) == (200, "admin:bo")
    body = {"sha256": draft["sha256"]}
    refused(
        await other.post(f"/v1/programs/{draft['id']}/publish", json=body, headers=once("p")), 409, "draft-withdrawn"
    )
    refused(await other.get("/v1/programs/99"), 404, "unknown-draft")
    refused(await other.get("/v1/programs/versions/99"), 404, "unknown-version")
    refused(await other.post("/v1/programs", json={"version": 99}, headers=once("v")), 404, "unknown-version")


async def test_a_faulty_program_is_refused_with_all_its_faults(admin: AsyncClient, shop: Shop) -> None:
    faulty = SOURCE.replace("schema = 1", "schema = 2").replace('currency = "USD"', 'currency = "USX"')
    with unchanged(shop):
        facts = refused(
            await admin.post("/v1/programs", json={"source": faulty}, headers=once("f")), 422, "program-faulty"
        )
    faults = facts["faults"]
    assert isinstance(faults, list)
    assert [fault.split(": ")[1] for fault in faults] == ["schema", "program.currency"]
    with unchanged(shop):
        refused(await admin.post("/v1/programs", json={}, headers=once("n")), 422, "invalid-request")
