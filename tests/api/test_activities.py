"""What members do besides buying, as a till or a web shop reports it."""

from __future__ import annotations

from httpx import AsyncClient

from core.shop import Shop
from tests.api.conftest import once, refused, unchanged


async def test_counts_and_refuses(till: AsyncClient, shop: Shop, anna: int) -> None:
    path, review = f"/v1/members/{anna}/activities", {"activity": "review", "about": "bread"}
    done = await till.post(path, json=review, headers=once())
    assert done.status_code == 201
    assert {key: done.json()[key] for key in ("activity", "points", "balance")} == {
        "activity": "review",
        "points": 20,
        "balance": 20,
    }
    assert [(each["kind"], each["rule"]) for each in done.json()["entries"]] == [("bonus", "activity:review")]
    with unchanged(shop):
        assert (await till.post(path, json=review, headers=once())).json() == done.json()
        again = await till.post(path, json=review, headers=once("k-2"))
        assert refused(again, 409, "activity-done-already") == review
        other = await till.post(path, json={"activity": "review"}, headers=once("k-3"))
        assert refused(other, 422, "activity-limit-day") == {"activity": "review", "limit": 1}
        unknown = await till.post(path, json={"activity": "revue"}, headers=once("k-4"))
        refused_as = {"activity": "revue", "known": ["review", "share", "survey"]}
        assert refused(unknown, 404, "activity-unknown") == refused_as
        nobody = await till.post("/v1/members/99/activities", json=review, headers=once("k-5"))
        refused(nobody, 404, "unknown-member")
