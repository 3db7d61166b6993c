"""Journeys over HTTP: their numbers, holding them back, and being back in touch about a complaint."""

from __future__ import annotations

from httpx import AsyncClient

from core.insight.feedback import feedback
from core.services.activities.give_feedback import FeedbackIn, give_feedback
from core.services.care.plan_care import plan_care
from core.services.once import Caller
from core.shop import Shop
from tests.api.conftest import refused
from tests.conftest import FrozenClock
from tests.shopping import enrol_one


async def test_a_journey_its_numbers_and_its_pause(staff: AsyncClient, shop: Shop, clock: FrozenClock) -> None:
    plan_care(shop)
    enrol_one(shop, "Ann")
    clock.move(minutes=1)
    plan_care(shop)
    listed = (await staff.get("/v1/journeys")).json()["items"]
    assert [each["id"] for each in listed][:4] == ["welcome", "first-visit", "second-visit", "thanks"]
    welcome = (await staff.get("/v1/journeys/welcome")).json()
    assert welcome == listed[0]
    assert (welcome["deliveries"], welcome["paused"], welcome["tapped"]) == ({"planned": 1}, False, 0)
    assert [step["days"] for step in welcome["steps"]] == [0, 10]

    pause = {"Idempotency-Key": "p1"}
    assert (await staff.post("/v1/journeys/welcome/pause", headers=pause)).json() == {"id": "welcome", "paused": True}
    enrol_one(shop, "Bo")
    clock.move(minutes=10)
    plan_care(shop)
    assert (await staff.get("/v1/journeys/welcome")).json()["deliveries"] == {"paused": 1}
    resumed = await staff.post("/v1/journeys/welcome/resume", headers={"Idempotency-Key": "r1"})
    assert resumed.json() == {"id": "welcome", "paused": False}
    clock.move(minutes=10)
    plan_care(shop)
    told = (await staff.get("/v1/journeys/welcome")).json()
    assert (told["deliveries"], told["paused"]) == ({"planned": 1}, False)


async def test_there_is_no_such_journey(staff: AsyncClient) -> None:
    facts = refused(await staff.get("/v1/journeys/welcom"), 404, "journey-unknown")
    assert facts["journey"] == "welcom"


async def test_a_settled_complaint_is_settled_once(staff: AsyncClient, shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop, "Ann")
    given = give_feedback(
        shop, Caller("telegram:1", "f"), FeedbackIn(member_id=ann, kind="complaint", text="stale bread")
    )
    first = await staff.post(f"/v1/feedback/{given.id}/settle", headers={"Idempotency-Key": "s1"})
    clock.move(hours=1)
    again = await staff.post(f"/v1/feedback/{given.id}/settle", headers={"Idempotency-Key": "s2"})
    assert (first.status_code, again.json()) == (200, first.json())
    with shop.read() as session:
        assert [each.settled_at is not None for each in feedback(session, None, 5)] == [True]
    refused(await staff.post("/v1/feedback/99/settle", headers={"Idempotency-Key": "s3"}), 404, "unknown-feedback")
