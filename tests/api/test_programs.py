"""The program and the feedback, as tills and staff read them."""

from __future__ import annotations

from httpx import AsyncClient

from core.services.give_feedback import FeedbackIn, give_feedback
from core.services.once import Caller
from core.shop import Shop
from tests.api.conftest import refused


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
