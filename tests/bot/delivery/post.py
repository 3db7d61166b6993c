"""A sandbox full of members who can be written to, and what they got."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import insert, select

from core.db.chats import chats
from core.db.deliveries import deliveries
from core.db.members import members
from core.services.deliveries.plan_deliveries import Message, plan_deliveries
from core.shop import Shop

TOKEN = "42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def add_members(shop: Shop, chat_ids: Iterable[int], **more: Any) -> list[int]:
    """One member in each chat, who agreed to everything unless told otherwise; their ids."""
    ids = list(chat_ids)
    with shop.write() as session:
        rows = [_member(shop, chat_id) | more for chat_id in ids]
        found = session.execute(insert(members).returning(members.c.id, sort_by_parameter_order=True), rows)
        member_ids = [row.id for row in found]
        seated = [_chat(shop, chat_id, member_id) for chat_id, member_id in zip(ids, member_ids, strict=True)]
        session.execute(insert(chats), seated)
    return member_ids


def _member(shop: Shop, chat_id: int) -> dict[str, Any]:
    return {
        "card_number": str(chat_id),
        "name": f"Member {chat_id}",
        "language": "en",
        "joined_at": shop.now(),
        "join_code": f"join-{chat_id}",
        "invite_code": f"i{chat_id}",
        "allow_offers": True,
        "allow_care": True,
        "allow_statement": True,
        "quiet_from": None,
        "quiet_until": None,
        "never_quiet": True,
    }


def _chat(shop: Shop, chat_id: int, member_id: int) -> dict[str, Any]:
    return {"id": chat_id, "member_id": member_id, "language": "en", "blocked": False, "seen_at": shop.now()}


def message(shop: Shop, member_id: int, **more: Any) -> Message:
    given: dict[str, Any] = {
        "member_id": member_id,
        "source": "campaign:1",
        "occasion": "1",
        "kind": "promo",
        "due_at": shop.now(),
        "expires_at": shop.now() + timedelta(days=1),
        "text": f"For member {member_id}",
    }
    if "content_id" in more:
        given["text"] = None
    return Message(**given | more)


def plan(shop: Shop, *messages: Message) -> int:
    with shop.write() as session:
        return plan_deliveries(session, messages, shop.now())


def rows(shop: Shop) -> list[Any]:
    with shop.read() as session:
        return list(session.execute(select(deliveries).order_by(deliveries.c.id)))


def states(shop: Shop) -> list[str]:
    return [row.state for row in rows(shop)]


async def seat(http: httpx.AsyncClient, count: int) -> list[int]:
    """Telegram accounts that have opened the chat with the bot; their chats."""

    async def one(number: int) -> int:
        user = (await http.post("/sandbox/users", json={"first_name": f"P{number}"})).json()
        await http.post(f"/sandbox/chats/{user['chat_id']}/send", json={"text": "/start"})
        return int(user["chat_id"])

    return sorted(await asyncio.gather(*map(one, range(count))))
