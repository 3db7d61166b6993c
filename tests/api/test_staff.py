"""Who works from a chat, over HTTP."""

from __future__ import annotations

import re

import pytest
from httpx import AsyncClient

from core.insight.staff import staff_in_chat
from core.services.chats.join_chat import open_chat
from core.services.once import Caller
from core.services.staff.joining import StaffJoin, link_staff
from core.shop import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_invites_lists_and_lets_go(admin: AsyncClient, shop: Shop) -> None:
    made = await admin.post("/v1/staff", json={"name": "ann", "role": "admin"})
    assert made.status_code == 201
    assert re.fullmatch(r"staff-[\w-]+", made.json()["join_payload"])
    open_chat(shop, 9, "en")
    link_staff(shop, Caller("telegram:9", "k"), StaffJoin(chat_id=9, payload=made.json()["join_payload"]))
    [listed] = (await admin.get("/v1/staff")).json()["items"]
    assert (listed["name"], listed["role"], listed["chat_id"], listed["revoked_at"]) == ("ann", "admin", 9, None)
    assert (await admin.post("/v1/staff/ann/revoke")).json() == {"name": "ann", "revoked": True}
    assert (await admin.post("/v1/staff/ann/revoke")).json() == {"name": "ann", "revoked": False}
    with shop.read() as session:
        assert staff_in_chat(session, 9) is None


async def test_a_bad_name_is_refused(admin: AsyncClient) -> None:
    refused = await admin.post("/v1/staff", json={"name": "Ann B", "role": "staff"})
    assert refused.status_code == 422
    assert (await admin.get("/v1/staff")).json()["items"] == []
