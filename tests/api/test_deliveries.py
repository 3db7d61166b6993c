"""Why did, or didn't, this member get it?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from httpx import AsyncClient

from core.rules.messaging import Ended
from core.shop import Shop
from core.words.deliveries import delivery_words
from core.words.texts import texts
from tests.api.conftest import refused
from tests.bot.delivery.post import message, plan
from tests.shopping import enrol_one


async def test_each_delivery_says_why(staff: AsyncClient, shop: Shop) -> None:
    ann, bo = enrol_one(shop, "Ann"), enrol_one(shop, "Bo")
    plan(
        shop,
        message(shop, ann, occasion="1", ended=Ended("held_out")),
        message(shop, ann, occasion="2", ended=Ended("suppressed", "no-consent")),
        message(shop, ann, occasion="3", due_at=shop.now() + timedelta(hours=2)),
        message(shop, bo),
    )
    response = await staff.get(f"/v1/members/{ann}/deliveries?limit=2")
    assert response.status_code == 200
    page = response.json()
    assert [(each["occasion"], each["state"], each["why"]) for each in page["items"]] == [
        ("3", "planned", "Not sent yet: it is due from Mar 2, 2026, 12:00\u202fPM on."),
        ("2", "suppressed", "Not sent: the member has not agreed to such messages."),
    ]
    chinese = {"Accept-Language": "zh"}
    rest = (await staff.get(f"/v1/members/{ann}/deliveries?after={page['next']}", headers=chinese)).json()
    assert [each["why"] for each in rest["items"]] == ["特意不发送，以便了解不发送时的情况。"]
    assert rest["next"] is None
    refused(await staff.get("/v1/members/77/deliveries"), 404, "unknown-member")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_end_has_its_words(shop: Shop, language: str) -> None:
    known = {key.split(".", 1)[1] for key in texts("en") if key.startswith("delivery.")}
    now = shop.now()
    facts: dict[str, object] = {
        "due_at": now,
        "expires_at": now,
        "left_at": now,
        "tapped_at": None,
        "error": "timeout",
        "reason": None,
    }
    with shop.reading() as (_, program):
        said = {key: _said(program, facts, key, language) for key in known}
    assert len(set(said.values())) == len(known)
    assert not any("{" in each or "…" in each for each in said.values())


def _said(program: object, facts: dict[str, object], key: str, language: str) -> str:
    state, _, reason = key.partition(".")
    told = facts | {"state": state, "reason": reason or None}
    if key == "tapped":
        told |= {"state": "sent", "tapped_at": facts["left_at"]}
    if key == "unfilled":
        told |= {"state": "failed", "reason": "placeholder-unfilled"}
    return delivery_words(program, told, language)  # type: ignore[arg-type]
